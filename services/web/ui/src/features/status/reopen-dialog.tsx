import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { Notice } from "../../components/notice";
import { optionsQuery, type Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";

interface ReopenDialogProps {
  incident: Incident;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a resolved incident is opened again. */
export function ReopenDialog(props: ReopenDialogProps) {
  return (
    <Dialog title="Reopen this incident" opened={props.opened} onClose={props.onClose}>
      <Reopen {...props} />
    </Dialog>
  );
}

function Reopen({ incident, onClose }: ReopenDialogProps) {
  const options = useQuery(optionsQuery(useApi())).data;
  const status = options?.statuses.find(({ resolved }) => !resolved);
  const reopen = useChange(
    incident,
    (api, key: string, requestId) =>
      api.incidents.setStatus({ incidentId: incident.id, status: key, requestId }),
    onClose,
  );
  return (
    <Stack gap="md">
      <Text size="sm">
        Its status becomes {status?.label ?? "open"}.{" "}
        {incident.private && !options?.privateInDigest
          ? "This is posted in its channel."
          : "This is posted in its channel, and the post in the digest channel shows it as open."}{" "}
        Roles and channels stay as they are.
      </Text>
      <Notice text={reopen.isError ? explainChange(reopen.error) : undefined} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} disabled={reopen.isPending}>
          Cancel
        </Button>
        <Button loading={reopen.isPending} onClick={() => status && reopen.mutate(status.key)} data-autofocus>
          Reopen
        </Button>
      </Group>
    </Stack>
  );
}
