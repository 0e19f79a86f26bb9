import { Alert, Button, Group, Stack, TagsInput, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type SubmitEvent } from "react";
import { useApi } from "../../api/api";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import type { GetProvidersResponse, WatchedProvider } from "../../gen/incident_bot/v1/settings_pb";
import { ProviderFeeds } from "../upstream/provider-feeds";
import { PROVIDERS_KEY } from "./queries";
import classes from "./settings.module.css";

const FIELDS = ["providers"] as const;

interface ProvidersProps {
  settings: GetProvidersResponse;
  /** Id of the heading. */
  labelledBy: string;
}

/** Whose status is looked at, to edit, and how looking at it goes. */
export function Providers({ settings, labelledBy }: ProvidersProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const { providers: watched, known, warnings } = settings;
  const [edited, setEdited] = useState<string[]>();
  const field = useRef<HTMLInputElement>(null);
  const [errors, setErrors] = useState<FieldErrors<"providers">>({});
  const save = useMutation({
    mutationFn: (providers: string[]) => api.settings.updateProviders({ providers }),
    onSuccess: async ({ providers }) => {
      // What was asked before must not come after it.
      await queryClient.cancelQueries({ queryKey: PROVIDERS_KEY });
      setEdited(undefined);
      queryClient.setQueryData<GetProvidersResponse>(PROVIDERS_KEY, (was) => was && { ...was, providers });
    },
    onError: (error) => {
      const found = toFieldErrors(error, FIELDS, UNCONFIRMED);
      setErrors(found);
      if (found.providers) field.current?.focus();
    },
  });
  const providers = edited ?? names(watched);

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (save.isPending) return;
    setErrors({});
    save.mutate(providers);
  }

  return (
    <Stack gap="md">
      {warnings.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title="Some settings or environment variables are wrong"
        >
          {warnings.map((warning) => (
            <Text key={warning} size="sm" className={classes.words}>
              {warning}
            </Text>
          ))}
        </Alert>
      )}
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TagsInput
            ref={field}
            label="Providers"
            description={`${known.join(", ")}, or the address of any page that Statuspage hosts, such as https://www.githubstatus.com`}
            placeholder={providers.length === 0 ? "No providers" : "Add another"}
            data={known}
            value={providers}
            onChange={(wanted) => {
              setEdited(wanted);
              setErrors({});
              save.reset();
            }}
            error={errors.providers}
            acceptValueOnBlur
            clearable
            readOnly={save.isPending}
            clearButtonProps={{ "aria-label": "Remove all providers" }}
            splitChars={[",", " "]}
            inputWrapperOrder={["label", "description", "input", "error"]}
          />
          <Notice text={errors.form} />
          <Group gap="sm">
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
            <Text size="sm" role="status">
              {save.isSuccess ? "Saved. They are checked from now on." : edited && "Not saved yet."}
            </Text>
          </Group>
        </Stack>
      </form>
      <ProviderFeeds feeds={watched.flatMap(({ feed }) => feed ?? [])} labelledBy={labelledBy} />
    </Stack>
  );
}

function names(watched: WatchedProvider[]): string[] {
  return watched.map(({ provider }) => provider);
}

const UNCONFIRMED = "We couldn’t confirm that the providers were saved. Save them again.";
