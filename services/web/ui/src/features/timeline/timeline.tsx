import { ActionIcon, Button, Group, Menu, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IconDots, IconEdit, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { RichText } from "../../components/rich-text";
import { day, exactTime, timeOfDay, weekday } from "../../components/time";
import { useNow } from "../../components/use-now";
import { useTimeZone } from "../../components/use-time-zone";
import { TimelineEntryKind, type TimelineEntry } from "../../gen/incident_bot/v1/timeline_pb";
import { useMayChange } from "../incidents/look-only";
import type { Incident } from "../incidents/queries";
import { DeleteDialog } from "./delete-dialog";
import { EntryDialog } from "./entry-dialog";
import { KindIcon } from "./kind-icon";
import classes from "./timeline.module.css";
import { TryAgain } from "./try-again";

/** What happened in an incident, in order of time, day by day, and the ways to write something down. */
export function Timeline({ incident, entries }: { incident: Incident; entries: TimelineEntry[] }) {
  const mayChange = useMayChange();
  const [form, setForm] = useState<TimelineEntry | "new">();
  const [deleting, setDeleting] = useState<TimelineEntry>();
  return (
    <section aria-labelledby="timeline">
      <Group justify="space-between" mb="sm" mih={30}>
        <Title order={2} size="h5" id="timeline">
          Timeline
        </Title>
        {mayChange && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setForm("new")}
          >
            Add an entry
          </Button>
        )}
      </Group>
      <Entries incident={incident} entries={entries} onEdit={setForm} onDelete={setDeleting} />
      <EntryDialog incident={incident} about={form} onClose={() => setForm(undefined)} />
      <DeleteDialog incident={incident} entry={deleting} onClose={() => setDeleting(undefined)} />
    </section>
  );
}

interface Ways {
  incident: Incident;
  onEdit: (entry: TimelineEntry) => void;
  onDelete: (entry: TimelineEntry) => void;
}

function Entries({ entries, ...ways }: Ways & { entries: TimelineEntry[] }) {
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
            <Entry entry={entry} ms={ms} timeZone={timeZone} {...ways} />
          </li>
        );
      })}
    </ol>
  );
}

interface EntryProps extends Ways {
  entry: TimelineEntry;
  ms: number | undefined;
  timeZone: string | undefined;
}

function Entry({ incident, entry, ms, timeZone, onEdit, onDelete }: EntryProps) {
  const mayChange = useMayChange();
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
          <RichText text={entry.text} />
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
        {mayChange && entry.retry && <TryAgain incident={incident} entry={entry} />}
        {entry.editedAt && (
          <Text
            component="span"
            size="xs"
            c="dimmed"
            title={`Last changed ${exactTime(timestampMs(entry.editedAt), timeZone)}`}
          >
            {" "}
            · edited
          </Text>
        )}
      </div>
      {mayChange && entry.mine && (
        <Menu position="bottom-end" shadow="md" withinPortal={false} withInitialFocusPlaceholder={false}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Change the entry “${short(entry.note)}”`}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown aria-label="This entry">
            <Menu.Item leftSection={<IconEdit size={16} aria-hidden />} onClick={() => onEdit(entry)}>
              Edit …
            </Menu.Item>
            <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onDelete(entry)}>
              Delete …
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

/** Enough of it to know which is meant. */
const short = (note: string) => (note.length > 40 ? `${note.slice(0, 40)}…` : note);

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
