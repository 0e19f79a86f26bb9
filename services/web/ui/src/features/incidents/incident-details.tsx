import { Anchor, Button, Group, Loader, Paper, Stack, Text } from "@mantine/core";
import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { IconBrandSlack, IconFileText } from "@tabler/icons-react";
import { use, type ReactNode } from "react";
import { Age } from "../../components/age";
import { duration, exactTime } from "../../components/time";
import { useNow } from "../../components/use-now";
import { useTimeZone } from "../../components/use-time-zone";
import { useStalled } from "../health/queries";
import { trouble } from "../health/trouble";
import { LookOnlyContext } from "./look-only";
import type { Incident, SlackChannel, Status, StatusTime } from "../../gen/incident_bot/v1/incidents_pb";

interface IncidentDetailsProps {
  incident: Incident;
  /** Every change of its status, in order of time. */
  statusTimes: StatusTime[];
  /** Something went wrong on the way, as the timeline says. */
  hasProblem: boolean;
}

/** The facts beside the text: channel, who declared it, when, for how long. */
export function IncidentDetails({ incident, statusTimes, hasProblem }: IncidentDetailsProps) {
  const timeZone = useTimeZone();
  const now = useNow();
  const { declaredAt, resolvedAt, declaredBy } = incident;
  const exact = (at: NonNullable<typeof declaredAt>) => exactTime(timestampMs(at), timeZone);
  return (
    <Paper withBorder p="md">
      <Stack gap="md">
        <Channel incident={incident} hasProblem={hasProblem} />
        {!incident.sealed && <RcaDocument incident={incident} />}
        <Stack component="dl" gap="sm" m={0}>
          {declaredBy && (
            <Fact name="Declared by">
              <span dir="auto">{declaredBy.name}</span>
            </Fact>
          )}
          {declaredAt && (
            <Fact name="Declared" more={exact(declaredAt)}>
              <Age at={declaredAt} />
            </Fact>
          )}
          {declaredAt &&
            milestones(statusTimes).map(({ status, at }) => (
              <Fact key={status.key} name={status.label} more={exact(at)}>
                after {duration(timestampMs(at) - timestampMs(declaredAt))}
              </Fact>
            ))}
          {declaredAt && !resolvedAt && (
            <Fact name="Open for">{duration(now - timestampMs(declaredAt))}</Fact>
          )}
          {declaredAt && resolvedAt && (
            <Fact name="Resolved" more={exact(resolvedAt)}>
              after {duration(timestampMs(resolvedAt) - timestampMs(declaredAt))}
            </Fact>
          )}
        </Stack>
      </Stack>
    </Paper>
  );
}

/** When it came into each status last; of the end there is more to say. */
function milestones(statusTimes: StatusTime[]) {
  const last = new Map<string, { status: Status; at: Timestamp }>();
  for (const { status, at } of statusTimes) {
    if (!status || !at || status.resolved) continue;
    last.delete(status.key);
    last.set(status.key, { status, at });
  }
  return [...last.values()];
}

function Channel({ incident, hasProblem }: Omit<IncidentDetailsProps, "statusTimes">) {
  const { channel, rcaChannel, resolvedAt } = incident;
  const slack = useStalled().find(({ queue }) => queue === "slack");
  const timeZone = useTimeZone();
  if (channel) {
    return (
      <Stack gap="sm">
        <ChannelLink channel={channel} label="Open in Slack" />
        {rcaChannel && <ChannelLink channel={rcaChannel} label="Open the post-incident channel" />}
      </Stack>
    );
  }
  if (resolvedAt) return null;
  if (hasProblem)
    return <Text size="sm">There is no Slack channel yet. See the timeline for the reason.</Text>;
  if (slack) {
    return (
      <Text size="sm" role="status">
        Slack {trouble(slack, timeZone)} Run the incident here: its channel is created when Slack accepts
        changes again.
      </Text>
    );
  }
  return (
    <Group gap="xs" mih={36} wrap="nowrap" role="status">
      <Loader size="xs" color="gray" aria-hidden />
      <Text size="sm">Slack channel is being created…</Text>
    </Group>
  );
}

/** The RCA document: the page where there is one, and the same as a file. */
function RcaDocument({ incident }: { incident: Incident }) {
  // Of a private incident that an admin has opened, the server gives it to nobody else.
  const opened = use(LookOnlyContext) ? "?open_private=true" : "";
  const file = (kind: string) => `/api/v1/incidents/${incident.id}/rca.${kind}${opened}`;
  return (
    <Stack gap={6}>
      {incident.rcaDocumentUrl !== "" && (
        <Button
          component="a"
          href={safeUrl(incident.rcaDocumentUrl)}
          target="_blank"
          rel="noreferrer"
          variant="default"
          leftSection={<IconFileText size={18} aria-hidden />}
        >
          Open the RCA document
        </Button>
      )}
      <Text size="sm" c="dimmed">
        RCA document as{" "}
        <Anchor href={file("md")} download underline="always">
          Markdown
        </Anchor>{" "}
        or{" "}
        <Anchor href={file("html")} download underline="always">
          HTML
        </Anchor>
      </Text>
    </Stack>
  );
}

function ChannelLink({ channel, label }: { channel: SlackChannel; label: string }) {
  return (
    <Stack gap={6}>
      {channel.url !== "" && (
        <Button
          component="a"
          href={safeUrl(channel.url)}
          target="_blank"
          rel="noreferrer"
          variant="default"
          leftSection={<IconBrandSlack size={18} aria-hidden />}
        >
          {label}
        </Button>
      )}
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        #{channel.name}
        {channel.closed !== "" && ` (${channel.closed})`}
      </Text>
    </Stack>
  );
}

function Fact({ name, more, children }: { name: string; more?: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0}>
        {children}
      </Text>
      {more && (
        <Text component="dd" size="xs" c="dimmed" m={0}>
          {more}
        </Text>
      )}
    </div>
  );
}

/** Only addresses that a browser opens as a page or in Slack. */
function safeUrl(url: string): string | undefined {
  return /^(https?|slack):\/\//i.test(url) ? url : undefined;
}
