import { Anchor, Paper, Stack, Text, Title } from "@mantine/core";
import { Age } from "../../components/age";
import { RichText } from "../../components/rich-text";
import type { Statuspage } from "../../gen/incident_bot/v1/incidents_pb";

/** What customers read of the incident on the status page. */
export function StatuspagePanel({ statuspage }: { statuspage: Statuspage }) {
  const { name, status, impact, url, over, removed, message, saidAt } = statuspage;
  const state = removed
    ? "Deleted on Statuspage"
    : over
      ? status
      : `${status} · impact ${impact.toLowerCase()}`;
  return (
    <section aria-labelledby="statuspage">
      <Title order={2} size="h5" mb="xs" id="statuspage">
        Statuspage
      </Title>
      <Paper withBorder p="md">
        <Stack gap={6}>
          {/^https?:\/\//i.test(url) ? (
            <Anchor
              href={url}
              target="_blank"
              rel="noreferrer"
              dir="auto"
              style={{ overflowWrap: "anywhere" }}
            >
              {name}
            </Anchor>
          ) : (
            <Text dir="auto" style={{ overflowWrap: "anywhere" }}>
              {name}
            </Text>
          )}
          <Text size="sm">{url === "" ? "Publishing…" : state}</Text>
          {message !== "" && (
            <Text size="sm" dir="auto" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
              <RichText text={message} />
            </Text>
          )}
          {saidAt && (
            <Text size="xs" c="dimmed">
              <Age at={saidAt} />
            </Text>
          )}
        </Stack>
      </Paper>
    </section>
  );
}
