import { Badge } from "@mantine/core";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";
import { lasted } from "../status/lasted";

/** Where the incident stands; resolved is ✅ everywhere. */
export function StatusBadge({ incident }: { incident: Incident }) {
  const { status, resolvedAt } = incident;
  if (!status) return null;
  return (
    <Badge
      variant="default"
      leftSection={resolvedAt ? <span aria-hidden>✅</span> : null}
      style={{ flex: "none" }}
    >
      {status.label}
      {lasted(incident)}
    </Badge>
  );
}
