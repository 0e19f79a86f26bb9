import { Group, Text, Tooltip } from "@mantine/core";
import type { Severity } from "../../gen/incident_bot/v1/incidents_pb";

/** The coloured square and the name, as in Slack. */
export function SeverityBadge({ severity }: { severity: Severity | undefined }) {
  if (!severity) return null;
  return (
    <Tooltip label={severity.description} disabled={!severity.description} multiline maw={280}>
      <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
        <span aria-hidden>{severity.emoji}</span>
        <Text component="span" size="sm" fw={650} style={{ whiteSpace: "nowrap" }}>
          {severity.label}
        </Text>
      </Group>
    </Tooltip>
  );
}
