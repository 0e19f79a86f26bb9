import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { useState, type SubmitEvent } from "react";
import { isCode } from "../../api/errors";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { LongText } from "../../components/long-text";
import { Notice } from "../../components/notice";
import { checkLength } from "../../components/text-length";
import { dateOfField, timeOfDay } from "../../components/time";
import { useFieldErrors } from "../../components/use-field-errors";
import { useNow } from "../../components/use-now";
import { useTimeZone } from "../../components/use-time-zone";
import type { TimelineEntry } from "../../gen/incident_bot/v1/timeline_pb";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { newId } from "../../components/new-id";

const FIELDS = ["date", "time", "text"] as const;
type Field = (typeof FIELDS)[number];
type Draft = Record<Field | "requestId", string>;

const MAX_NOTE = 2000;

interface EntryDialogProps {
  incident: Incident;
  /** Which entry is changed, or that a new one is written; nothing while the dialog is closed. */
  about: TimelineEntry | "new" | undefined;
  onClose: () => void;
}

/** Writes something down in the timeline, or changes what one wrote. */
export function EntryDialog({ incident, about, onClose }: EntryDialogProps) {
  // What is typed of a new entry outlives the dialog, so that Escape does not lose it.
  const [kept, keep] = useState<Draft>();
  const timeZone = useTimeZone();
  const entry = about === "new" ? undefined : about;
  return (
    <Dialog
      title={entry ? "Edit the entry" : "Add an entry"}
      opened={about !== undefined && timeZone !== undefined}
      onClose={onClose}
      size="lg"
    >
      {timeZone !== undefined && (
        <EntryForm
          incident={incident}
          entry={entry}
          timeZone={timeZone}
          initial={entry ? undefined : kept}
          onType={(draft) => {
            if (!entry) keep(draft);
          }}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

interface EntryFormProps {
  incident: Incident;
  entry: TimelineEntry | undefined;
  timeZone: string;
  initial: Draft | undefined;
  onType: (draft: Draft | undefined) => void;
  onClose: () => void;
}

function EntryForm({ incident, entry, timeZone, initial, onType, onClose }: EntryFormProps) {
  const [draft, setDraft] = useState<Draft>(() => initial ?? draftOf(entry, timeZone));
  const { errors, show, changed } = useFieldErrors(FIELDS);
  const discard = () => {
    onType(undefined);
    onClose();
  };
  const save = useChange(
    incident,
    (api, { date, time, text, requestId }: Draft) => {
      const typed = { incidentId: incident.id, date, time, text, requestId };
      return entry
        ? api.incidents.changeTimelineEntry({ ...typed, entryId: entry.id })
        : api.incidents.addTimelineEntry(typed);
    },
    discard,
  );

  function edit(typed: Partial<Record<Field, string>>) {
    const next = { ...draft, ...typed };
    setDraft(next);
    onType(next);
    changed(typed);
  }

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (save.isPending) return;
    const found: FieldErrors<Field> = {};
    if (draft.date === "") found.date = "Choose a date.";
    if (draft.time === "") found.time = "Choose a time.";
    const text = draft.text.trim() === "" ? "Say what happened." : checkLength(draft.text, MAX_NOTE);
    if (text) found.text = text;
    show(found);
    if (Object.keys(found).length > 0) return;
    save.mutate(draft, {
      onError: (error) => {
        // What was sent first is written down; what is typed now is another entry, if it is still wanted.
        if (isCode(error, Code.AlreadyExists)) setDraft((before) => ({ ...before, requestId: newId() }));
        show(toFieldErrors(error, FIELDS, UNCONFIRMED));
      },
    });
  }

  const now = useNow();
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Group gap="md" align="flex-start" grow>
          <TextInput
            name="date"
            type="date"
            label="Date"
            required
            max={dateOfField(now, timeZone)}
            value={draft.date}
            onChange={(event) => edit({ date: event.currentTarget.value })}
            error={errors.date}
          />
          <TextInput
            name="time"
            type="time"
            label="Time"
            required
            value={draft.time}
            onChange={(event) => edit({ time: event.currentTarget.value.slice(0, 5) })}
            error={errors.time}
          />
        </Group>
        <Text size="xs" c="dimmed" mt={-8}>
          When it happened ({zoneName(timeZone)} time).
        </Text>
        {isLongBefore(draft, incident, timeZone) && (
          <Text size="sm" role="status">
            This is more than an hour before the incident was declared. Check date and time.
          </Text>
        )}
        <LongText
          name="text"
          label="What happened"
          value={draft.text}
          most={MAX_NOTE}
          onChange={(text) => edit({ text })}
          error={errors.text}
        />
        {entry && (
          <Text size="xs" c="dimmed">
            The previous text is kept.
          </Text>
        )}
        <Notice text={errors.form} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={discard} disabled={save.isPending}>
            Discard
          </Button>
          <Button type="submit" loading={save.isPending}>
            {entry ? "Save" : "Add"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function draftOf(entry: TimelineEntry | undefined, timeZone: string): Draft {
  const ms = entry?.at ? timestampMs(entry.at) : Date.now();
  return {
    date: dateOfField(ms, timeZone),
    time: timeOfDay(ms, timeZone),
    text: entry?.note ?? "",
    requestId: newId(),
  };
}

const HOUR_MS = 3_600_000;

/** Whether what is typed is worth a second look; the server refuses only what cannot be. */
function isLongBefore({ date, time }: Draft, { declaredAt }: Incident, timeZone: string): boolean {
  if (date === "" || time === "" || !declaredAt) return false;
  const ms = timestampMs(declaredAt) - HOUR_MS;
  return `${date} ${time}` < `${dateOfField(ms, timeZone)} ${timeOfDay(ms, timeZone)}`;
}

const zoneName = (timeZone: string) => (timeZone.split("/").at(-1) ?? timeZone).replaceAll("_", " ");

const UNCONFIRMED = "We couldn’t confirm that the entry was saved. Try again; it won’t be saved twice.";
