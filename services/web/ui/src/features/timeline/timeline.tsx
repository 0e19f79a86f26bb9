import { Skeleton, Stack, Text, ThemeIcon, Timeline as Line } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IconAlertTriangle, IconBrandSlack, IconFlag, IconPoint, type Icon } from "@tabler/icons-react";
import { useTimeZone } from "../../components/use-time-zone";
import { day, exactTime, timeOfDay } from "../../components/time";
import { TimelineEntryKind, type TimelineEntry } from "../../gen/incident_bot/v1/timeline_pb";

const ICONS: Partial<Record<TimelineEntryKind, Icon>> = {
  [TimelineEntryKind.DECLARED]: IconFlag,
  [TimelineEntryKind.CHANNEL_CREATED]: IconBrandSlack,
  [TimelineEntryKind.PROBLEM]: IconAlertTriangle,
};

/** What happened in an incident, in order of time. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  const timeZone = useTimeZone();
  if (entries.length === 0) return <Text c="dimmed">Nothing has been recorded yet.</Text>;
  const days = entries.map(({ at }) => (at ? day(timestampMs(at), timeZone) : ""));
  return (
    <Line bulletSize={28} lineWidth={2} role="list" aria-label="Timeline">
      {entries.map((entry, index) => {
        // A kind that is newer than this page is still shown.
        const KindIcon = ICONS[entry.kind] ?? IconPoint;
        const problem = entry.kind === TimelineEntryKind.PROBLEM;
        const ms = entry.at ? timestampMs(entry.at) : undefined;
        return (
          <Line.Item
            key={entry.id}
            role="listitem"
            bullet={
              <ThemeIcon size={28} radius="xl" variant="light" color={problem ? "red" : "gray"}>
                <KindIcon size={16} aria-hidden />
              </ThemeIcon>
            }
          >
            <Text size="sm" fw={problem ? 600 : 500} style={{ overflowWrap: "anywhere" }}>
              {problem && "Problem: "}
              {entry.actor && (
                <>
                  <b>
                    <bdi>{entry.actor}</bdi>
                  </b>{" "}
                </>
              )}
              {entry.text}
            </Text>
            {ms !== undefined && (
              <Text
                component="time"
                dateTime={new Date(ms).toISOString()}
                size="xs"
                c="dimmed"
                title={exactTime(ms, timeZone)}
              >
                {days[index] !== days[index - 1] && `${days[index] ?? ""}, `}
                {timeOfDay(ms, timeZone)}
              </Text>
            )}
          </Line.Item>
        );
      })}
    </Line>
  );
}

export function TimelineSkeleton() {
  return (
    <Stack gap="md" aria-busy aria-label="Loading the timeline">
      {[70, 50].map((width) => (
        <Stack key={width} gap={6}>
          <Skeleton h={16} w={`${width}%`} />
          <Skeleton h={12} w={60} />
        </Stack>
      ))}
    </Stack>
  );
}
