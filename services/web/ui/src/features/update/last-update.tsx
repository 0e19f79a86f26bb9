import { Group, Paper, Text, Title } from "@mantine/core";
import { Age } from "../../components/age";
import { RichText } from "../../components/rich-text";
import type { Update } from "../../gen/incident_bot/v1/incidents_pb";
import classes from "./last-update.module.css";

/** What everybody was last told. */
export function LastUpdate({ update }: { update: Update }) {
  return (
    <section aria-labelledby="last-update">
      <Group gap="xs" align="baseline" mb="xs">
        <Title order={2} size="h5" id="last-update">
          Last update
        </Title>
        <Text size="sm" c="dimmed">
          {update.at && <Age at={update.at} />}
        </Text>
      </Group>
      <Paper withBorder p="md" className={classes.update}>
        <div dir="auto" className={classes.message}>
          <RichText text={update.message} />
        </div>
      </Paper>
    </section>
  );
}
