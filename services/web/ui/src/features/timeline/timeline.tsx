import { Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { day, exactTime, timeOfDay, weekday } from "../../components/time";
import { useNow } from "../../components/use-now";
import { useTimeZone } from "../../components/use-time-zone";
import { TimelineEntryKind, type TimelineEntry } from "../../gen/incident_bot/v1/timeline_pb";
import { KindIcon } from "./kind-icon";
import classes from "./timeline.module.css";

/** What happened in an incident, in order of time, day by day. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  const timeZone = useTimeZone();
  const today = day(useNow(), timeZone);
  if (entries.length === 0) return <Text c="dimmed">Nothing has been recorded yet.</Text>;
  const days = entries.map(({ at }) => (at ? day(timestampMs(at), timeZone) : ""));
  return (
    <ol className={classes.timeline} aria-label="Timeline">
      {entries.map((entry, index) => {
        const ms = entry.at ? timestampMs(entry.at) : undefined;
        const isNewDay = days[index] !== days[index - 1];
        return (
          <li key={entry.id} className={classes.item} data-last-of-day={days[index] !== days[index + 1]}>
            {isNewDay && ms !== undefined && (
              <Title order={3} size="sm" className={classes.day}>
                {days[index] === today ? "Today" : `${weekday(ms, timeZone)}, ${days[index] ?? ""}`}
              </Title>
            )}
            <Entry entry={entry} ms={ms} timeZone={timeZone} />
          </li>
        );
      })}
    </ol>
  );
}

interface EntryProps {
  entry: TimelineEntry;
  ms: number | undefined;
  timeZone: string | undefined;
}

function Entry({ entry, ms, timeZone }: EntryProps) {
  const isProblem = entry.kind === TimelineEntryKind.PROBLEM;
  return (
    <div className={classes.entry}>
      <ThemeIcon
        size={28}
        radius="xl"
        variant="light"
        color={isProblem ? "red" : entry.ownWords ? "indigo" : "gray"}
      >
        <KindIcon kind={entry.kind} />
      </ThemeIcon>
      <div className={classes.words}>
        <Text size="sm" fw={isProblem ? 600 : undefined} className={classes.text}>
          {isProblem && "Problem: "}
          {entry.emoji && <span aria-hidden>{entry.emoji} </span>}
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
            {timeOfDay(ms, timeZone)}
          </Text>
        )}
      </div>
    </div>
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
