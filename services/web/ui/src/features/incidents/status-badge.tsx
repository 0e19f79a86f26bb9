import { Badge } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { duration } from "../../components/time";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";

/** Where the incident stands; resolved is ✅ everywhere. */
export function StatusBadge({ incident }: { incident: Incident }) {
  const { status, declaredAt, resolvedAt } = incident;
  if (!status) return null;
  const lasted =
    declaredAt && resolvedAt ? ` after ${duration(timestampMs(resolvedAt) - timestampMs(declaredAt))}` : "";
  return (
    <Badge
      variant="default"
      leftSection={resolvedAt ? <span aria-hidden>✅</span> : null}
      style={{ flex: "none" }}
    >
      {status.label}
      {lasted}
    </Badge>
  );
}
