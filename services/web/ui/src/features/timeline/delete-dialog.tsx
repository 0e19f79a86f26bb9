import { Button, Group, Stack, Text } from "@mantine/core";
import { explainChange } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { Notice } from "../../components/notice";
import type { TimelineEntry } from "../../gen/incident_bot/v1/timeline_pb";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import classes from "./timeline.module.css";

interface DeleteDialogProps {
  incident: Incident;
  /** Nothing while the dialog is closed. */
  entry: TimelineEntry | undefined;
  onClose: () => void;
}

/** Asks before an entry of the timeline is deleted. */
export function DeleteDialog({ incident, entry, onClose }: DeleteDialogProps) {
  return (
    <Dialog title="Delete the entry" opened={entry !== undefined} onClose={onClose}>
      {entry && <Delete incident={incident} entry={entry} onClose={onClose} />}
    </Dialog>
  );
}

function Delete({
  incident,
  entry,
  onClose,
}: {
  incident: Incident;
  entry: TimelineEntry;
  onClose: () => void;
}) {
  const remove = useChange(
    incident,
    (api, entryId: string, requestId) =>
      api.incidents.deleteTimelineEntry({ incidentId: incident.id, entryId, requestId }),
    onClose,
  );
  return (
    <Stack gap="md">
      <Text size="sm" dir="auto" className={classes.text}>
        “{entry.note}”
      </Text>
      <Text size="sm">This removes it from the timeline and from documents. A record of it is kept.</Text>
      <Notice text={remove.isError ? explainChange(remove.error) : undefined} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} disabled={remove.isPending} data-autofocus>
          Keep it
        </Button>
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate(entry.id)}>
          Delete
        </Button>
      </Group>
    </Stack>
  );
}
