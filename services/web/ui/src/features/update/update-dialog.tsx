import { Button, Group, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { Notice } from "../../components/notice";
import { countCharacters } from "../declare/draft";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import {
  MAX_MESSAGE,
  MAX_RESOURCES,
  checkLength,
  newUpdateDraft,
  useUpdateDrafts,
  type UpdateDraft,
} from "./drafts";

const FIELDS = ["resources", "message"] as const;
type Field = (typeof FIELDS)[number];

interface UpdateDialogProps {
  incident: Incident;
  opened: boolean;
  onClose: () => void;
}

/** Tells everybody where the incident stands. */
export function UpdateDialog({ incident, opened, onClose }: UpdateDialogProps) {
  return (
    <Dialog title="Send an update" opened={opened} onClose={onClose} size="lg">
      <UpdateForm incident={incident} onClose={onClose} />
    </Dialog>
  );
}

function UpdateForm({ incident, onClose }: Omit<UpdateDialogProps, "opened">) {
  const drafts = useUpdateDrafts();
  const [fresh] = useState(newUpdateDraft);
  const draft = drafts.of(incident.id) ?? fresh;
  const [errors, setErrors] = useState<FieldErrors<Field>>({});
  const discard = () => {
    drafts.keep(incident.id, undefined);
    onClose();
  };
  const send = useChange(
    incident,
    (api, { resources, message, requestId }: UpdateDraft) =>
      api.incidents.sendUpdate({ incidentId: incident.id, resources, message, requestId }),
    discard,
  );

  function show(found: FieldErrors<Field>) {
    setErrors(found);
    const first = FIELDS.find((field) => found[field]);
    if (first) document.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
  }

  function edit(changed: Partial<Record<Field, string>>) {
    drafts.keep(incident.id, { ...draft, ...changed });
    setErrors(Object.fromEntries(Object.entries(errors).filter(([field]) => !(field in changed))));
  }

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (send.isPending) return;
    const resources = checkLength(draft.resources, MAX_RESOURCES);
    const message =
      draft.message.trim() === "" ? "Say where it stands." : checkLength(draft.message, MAX_MESSAGE);
    if (resources ?? message) {
      show({ ...(resources && { resources }), ...(message && { message }) });
      return;
    }
    setErrors({});
    send.mutate(draft, { onError: (error) => show(toFieldErrors(error, FIELDS, UNCONFIRMED)) });
  }

  const length = countCharacters(draft.message.trim());
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          name="resources"
          label="Impacted resources"
          description="What is hit, such as “checkout, EU only”. May stay empty."
          dir="auto"
          value={draft.resources}
          onChange={(event) => edit({ resources: event.currentTarget.value })}
          error={errors.resources}
        />
        <Textarea
          name="message"
          label="Message"
          description="What is known, what is being done, when you will tell more."
          required
          autosize
          minRows={4}
          maxRows={12}
          dir="auto"
          data-autofocus
          value={draft.message}
          onChange={(event) => edit({ message: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }
          }}
          error={errors.message}
          inputWrapperOrder={["label", "description", "input", "error"]}
        />
        <Text
          size="xs"
          ta="end"
          mt={-10}
          c={length > MAX_MESSAGE ? "var(--mantine-color-error)" : "dimmed"}
          style={{ fontVariantNumeric: "tabular-nums" }}
        >
          {length.toLocaleString("en")} of {MAX_MESSAGE.toLocaleString("en")} characters
        </Text>
        <Text size="xs" c="dimmed">
          {incident.private
            ? "It is noted in the timeline and said in the incident’s channel."
            : "It is posted in the digest channel for people who were not there, and noted in the timeline."}
        </Text>
        <Notice text={errors.form} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={discard} disabled={send.isPending}>
            Discard
          </Button>
          <Button type="submit" loading={send.isPending}>
            Send
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const UNCONFIRMED =
  "It could not be confirmed that the update was sent. Press again: it will not be sent twice.";
