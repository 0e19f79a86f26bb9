import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { Code } from "@connectrpc/connect";
import { useState, type SubmitEvent } from "react";
import { isCode } from "../../api/errors";
import { toFieldErrors } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { LongText } from "../../components/long-text";
import { newId } from "../../components/new-id";
import { Notice } from "../../components/notice";
import { checkLength } from "../../components/text-length";
import { useFieldErrors } from "../../components/use-field-errors";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { MAX_MESSAGE, MAX_RESOURCES, newUpdateDraft, useUpdateDrafts, type UpdateDraft } from "./drafts";

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
  const { errors, show, changed } = useFieldErrors(FIELDS);
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

  function edit(typed: Partial<Record<Field, string>>) {
    drafts.keep(incident.id, { ...draft, ...typed });
    changed(typed);
  }

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (send.isPending) return;
    const resources = checkLength(draft.resources, MAX_RESOURCES);
    const message =
      draft.message.trim() === "" ? "Describe the current state." : checkLength(draft.message, MAX_MESSAGE);
    if (resources ?? message) {
      show({ ...(resources && { resources }), ...(message && { message }) });
      return;
    }
    show({});
    send.mutate(draft, {
      onError: (error) => {
        // What was sent first went out; what is typed now is another update, if it is still wanted.
        if (isCode(error, Code.AlreadyExists)) drafts.keep(incident.id, { ...draft, requestId: newId() });
        show(toFieldErrors(error, FIELDS, UNCONFIRMED));
      },
    });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          name="resources"
          label="Affected"
          description="What is affected, such as “checkout, EU only”. Optional."
          dir="auto"
          value={draft.resources}
          onChange={(event) => edit({ resources: event.currentTarget.value })}
          error={errors.resources}
        />
        <LongText
          name="message"
          label="Message"
          description="What is known, what is being done, when the next update comes."
          value={draft.message}
          most={MAX_MESSAGE}
          onChange={(message) => edit({ message })}
          error={errors.message}
        />
        <Text size="xs" c="dimmed">
          {incident.private
            ? "It’s added to the timeline and posted in the incident’s channel."
            : "It’s posted in the digest channel, for people outside the incident’s channel, and added to the timeline."}
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

const UNCONFIRMED = "We couldn’t confirm that the update was sent. Try again; it won’t be sent twice.";
