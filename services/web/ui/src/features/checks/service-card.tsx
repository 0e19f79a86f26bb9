import { Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, type Icon } from "@tabler/icons-react";
import { Age } from "../../components/age";
import rows from "../../components/rows.module.css";
import { CheckState, type Check, type ServiceChecks } from "../../gen/incident_bot/v1/checks_pb";
import { capital, nameOf, sentence } from "./words";

/** What one service found, with what fails first. */
export function ServiceCard({ service }: { service: ServiceChecks }) {
  const { process, queues, checks, checkedAt, overdue } = service;
  const id = `checks-${process === "" ? "web" : process}`;
  const worstFirst = [...checks].sort((one, other) => other.state - one.state);
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h4" id={id} className={rows.reason}>
        {nameOf(service)}
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        {checkedAt && (
          <>
            Checked <Age at={checkedAt} />
          </>
        )}
        {queues.length > 0 && `. Queues: ${queues.join(", ")}`}
      </Text>
      {overdue && (
        <Text size="sm" mb="xs">
          It hasn’t reported since then: it hangs or was stopped. Check its log. If it’s gone, it disappears
          from this list in a few minutes.
        </Text>
      )}
      <ul className={rows.list} aria-labelledby={id}>
        {worstFirst.map((check) => (
          <CheckRow key={check.name} check={check} />
        ))}
      </ul>
    </section>
  );
}

function CheckRow({ check: { name, state, detail, effect } }: { check: Check }) {
  const { label, color, StateIcon } = shown(state);
  return (
    <li className={rows.row}>
      <Stack gap={2} className={rows.words}>
        <Text size="sm" fw={600}>
          {capital(name)}
        </Text>
        {detail !== "" && (
          <Text size="sm" className={rows.reason}>
            {sentence(detail)}
          </Text>
        )}
        {effect !== "" && (
          <Text size="xs" c="dimmed">
            Until it’s fixed: {effect}
          </Text>
        )}
      </Stack>
      <Group gap={6} wrap="nowrap">
        <StateIcon size={18} color={`var(--mantine-color-${color}-6)`} aria-hidden />
        <Text size="sm">{label}</Text>
      </Group>
    </li>
  );
}

function shown(state: CheckState): { label: string; color: string; StateIcon: Icon } {
  switch (state) {
    case CheckState.OK:
      return { label: "OK", color: "green", StateIcon: IconCircleCheck };
    case CheckState.WARNING:
      return { label: "Warning", color: "yellow", StateIcon: IconAlertTriangle };
    default:
      return { label: "Failed", color: "red", StateIcon: IconCircleX };
  }
}
