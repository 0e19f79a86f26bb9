import { Alert, Stack, TagsInput, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import { ProviderFeeds } from "../upstream/provider-feeds";
import { providersQuery } from "./queries";
import { fieldId, textsOf, type SettingInputProps } from "./setting-value";
import classes from "./settings.module.css";

/** Whose status is polled, to edit, and how polling it goes. */
export function Providers({ field, name, value, onChange, errors }: SettingInputProps) {
  const query = useQuery(providersQuery(useApi()));
  const { providers = [], known = [], warnings = [] } = query.data ?? {};
  const named = textsOf(value);
  return (
    <Stack gap="md">
      {query.isError && !query.data && (
        <ErrorState
          what="The state of the providers could not be loaded"
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )}
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
      <TagsInput
        id={fieldId(name)}
        label={field.label}
        description={`${field.help} Known names: ${known.join(", ")}.`}
        placeholder={named.length === 0 ? "No providers" : "Add another"}
        data={known}
        value={named}
        onChange={(wanted) => onChange(wanted)}
        error={errors[name]}
        acceptValueOnBlur
        clearable
        clearButtonProps={{ "aria-label": "Remove all providers" }}
        splitChars={[",", " "]}
        inputWrapperOrder={["label", "description", "input", "error"]}
      />
      <div>
        <Title order={2} size="h5" mb="xs" id="polling">
          Polling
        </Title>
        <ProviderFeeds feeds={providers.flatMap(({ feed }) => feed ?? [])} labelledBy="polling" />
      </div>
    </Stack>
  );
}
