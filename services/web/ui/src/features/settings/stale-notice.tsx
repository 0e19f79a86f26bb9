import { Alert, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Age } from "../../components/age";
import type { SettingField, StaleSetting } from "../../gen/incident_bot/v1/settings_pb";
import { describe, parse, type ValueOf } from "./setting-value";
import classes from "./settings.module.css";

interface StaleNoticeProps {
  field: SettingField;
  stale: StaleSetting;
  valueOf: ValueOf;
  onKeepMine: () => void;
  onUseCurrent: () => void;
}

/** Somebody else has changed a setting meanwhile: both values, and which one it is to be. */
export function StaleNotice({ field, stale, valueOf, onKeepMine, onUseCurrent }: StaleNoticeProps) {
  return (
    <Alert
      color="orange"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={`${field.label} has changed while you were editing`}
    >
      <Stack gap="sm">
        <Text size="sm">
          Changed by {stale.changedBy || "somebody outside of the console"}{" "}
          {stale.changedAt && <Age at={stale.changedAt} />}. Nothing was saved. Choose a value, then save
          again.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Shown title="Your value" text={describe(field, parse(stale.yours), valueOf)} />
          <Shown title="Current value" text={describe(field, parse(stale.current), valueOf)} />
        </SimpleGrid>
        <Group gap="sm">
          <Button size="compact-md" onClick={onKeepMine}>
            Keep my value
          </Button>
          <Button size="compact-md" variant="default" onClick={onUseCurrent}>
            Use the current value
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function Shown({ title, text }: { title: string; text: string }) {
  return (
    <section aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <pre className={classes.compared}>{text}</pre>
    </section>
  );
}
