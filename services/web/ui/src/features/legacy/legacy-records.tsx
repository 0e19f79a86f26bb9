import { Anchor, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import { RichText } from "../../components/rich-text";
import { exactTime } from "../../components/time";
import { useTimeZone } from "../../components/use-time-zone";
import type { LegacyFile, LegacyRecord } from "../../gen/incident_bot/v1/legacy_pb";
import { legacyRecordsQuery } from "../incidents/queries";
import classes from "./legacy-records.module.css";

/** More are shown when somebody wants to see them. */
const SHOWN = 5;

interface Props {
  /** Of which incident; empty for what belongs to none, which admins may see. */
  id: string;
  meaning?: string;
}

/** What incident-bot 0.8.2 kept and has no place elsewhere. Nothing is shown where there is none. */
export function LegacyRecords({ id, meaning }: Props) {
  const query = useQuery(legacyRecordsQuery(useApi(), id));
  const [all, showAll] = useState(false);
  const records = query.data?.records ?? [];
  if (query.isError) {
    return (
      <ErrorState
        what="The records of incident-bot 0.8.2 could not be loaded"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  if (records.length === 0) return null;
  return (
    <section aria-labelledby="legacy-records">
      <Title order={2} size="h5" mb="xs" id="legacy-records">
        Kept from incident-bot 0.8.2
      </Title>
      {meaning && (
        <Text size="sm" c="dimmed" mb="sm">
          {meaning}
        </Text>
      )}
      <ul className={classes.records} aria-labelledby="legacy-records">
        {(all ? records : records.slice(0, SHOWN)).map((record) => (
          <Paper key={record.id} component="li" withBorder p="sm">
            <Record record={record} />
          </Paper>
        ))}
      </ul>
      {!all && records.length > SHOWN && (
        <Button mt="sm" size="compact-md" variant="default" onClick={() => showAll(true)}>
          Show all {records.length}
        </Button>
      )}
    </section>
  );
}

function Record({ record }: { record: LegacyRecord }) {
  const timeZone = useTimeZone();
  return (
    <Stack gap={6}>
      <Group gap="0 var(--mantine-spacing-xs)" justify="space-between" align="baseline">
        <Text size="sm" fw={600} className={classes.text}>
          {record.title}
          {record.who && (
            <>
              {" by "}
              <bdi>{record.who}</bdi>
            </>
          )}
        </Text>
        {record.at && (
          <Text
            component="time"
            size="xs"
            c="dimmed"
            ta="end"
            dateTime={new Date(timestampMs(record.at)).toISOString()}
          >
            {exactTime(timestampMs(record.at), timeZone)}
          </Text>
        )}
      </Group>
      {record.text && (
        <Text size="sm" dir="auto" className={classes.text}>
          <RichText text={record.text} />
        </Text>
      )}
      {record.fields.length > 0 && (
        <dl className={classes.fields}>
          {record.fields.map(({ label, value }, place) => (
            <Field key={place} label={label} value={value} />
          ))}
        </dl>
      )}
      {record.file && <File file={record.file} />}
      {record.reason && (
        <Text size="xs" c="dimmed">
          {record.reason}
        </Text>
      )}
    </Stack>
  );
}

/** To be saved: a browser cannot show it. */
function File({ file }: { file: LegacyFile }) {
  if (!isOwnPath(file.path)) return null;
  return (
    <Anchor href={file.path} download={file.name} size="sm" className={classes.text}>
      Download <bdi>{file.name}</bdi> ({size(Number(file.bytes))})
    </Anchor>
  );
}

function size(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Only what our own server has as such a file. */
function isOwnPath(path: string): boolean {
  return /^\/api\/v1(\/incidents\/[\w-]+)?\/legacy\/\d+(\?open_private=true)?$/.test(path);
}

function Field({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd dir="auto">{value}</dd>
    </>
  );
}
