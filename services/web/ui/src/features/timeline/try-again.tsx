import { Button, Stack } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { explainChange } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import type { TimelineEntry } from "../../gen/incident_bot/v1/timeline_pb";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";

/** Has what could not be done tried again. */
export function TryAgain({ incident, entry }: { incident: Incident; entry: TimelineEntry }) {
  const retry = useChange(incident, (api, entryId: string, requestId) =>
    api.incidents.retryProblem({ incidentId: incident.id, entryId, requestId }),
  );
  return (
    <Stack gap="xs" align="flex-start" mt={4}>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconRefresh size={14} aria-hidden />}
        loading={retry.isPending}
        onClick={() => retry.mutate(entry.id)}
      >
        Retry
      </Button>
      <Notice text={retry.isError ? explainChange(retry.error) : undefined} />
    </Stack>
  );
}
