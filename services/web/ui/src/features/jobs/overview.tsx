import { Button, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import rows from "../../components/rows.module.css";
import { duration, exactTime } from "../../components/time";
import { useNow } from "../../components/use-now";
import { useTimeZone } from "../../components/use-time-zone";
import type { PlannedJob, ProviderFeed, QueueDepth } from "../../gen/incident_bot/v1/jobs_pb";
import { ProviderFeeds } from "../upstream/provider-feeds";
import { About } from "./discarded-jobs";
import classes from "./jobs.module.css";
import { overviewQuery } from "./queries";

/** More of what is planned is shown when somebody wants to see it. */
const SHOWN = 12;

/** How full the queues are, what is planned, and whether others' status can be read. */
export function Overview() {
  const query = useQuery(overviewQuery(useApi()));
  if (query.isPending) return <Skeleton h={200} radius="md" />;
  if (query.isError) {
    return (
      <ErrorState
        what="The queues could not be loaded"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  const { queues, planned, providers } = query.data;
  return (
    <>
      <Queues queues={queues} />
      <Planned planned={planned} />
      {providers.length > 0 && <Providers providers={providers} />}
    </>
  );
}

function Queues({ queues }: { queues: QueueDepth[] }) {
  const now = useNow();
  return (
    <section aria-labelledby="queues">
      <Title order={2} size="h4" mb="sm" id="queues">
        Queues
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        Due jobs can run now. Scheduled jobs wait for their time or for a retry.
      </Text>
      <Table aria-labelledby="queues" className={classes.numbers}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Queue</Table.Th>
            <Table.Th scope="col" ta="end">
              Due
            </Table.Th>
            <Table.Th scope="col" ta="end">
              Running
            </Table.Th>
            <Table.Th scope="col" ta="end">
              Scheduled
            </Table.Th>
            <Table.Th scope="col" ta="end">
              Oldest waits
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {queues.map(({ queue, due, running, later, oldestDueAt }) => (
            <Table.Tr key={queue}>
              <Table.Th scope="row" fw={400}>
                {queue}
              </Table.Th>
              <Table.Td ta="end">{due.toString()}</Table.Td>
              <Table.Td ta="end">{running.toString()}</Table.Td>
              <Table.Td ta="end">{later.toString()}</Table.Td>
              <Table.Td ta="end">{oldestDueAt ? duration(now - timestampMs(oldestDueAt)) : "–"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Planned({ planned }: { planned: PlannedJob[] }) {
  const timeZone = useTimeZone();
  const now = useNow();
  const [all, showAll] = useState(false);
  return (
    <section aria-labelledby="planned">
      <Title order={2} size="h4" mb="sm" id="planned">
        Scheduled
      </Title>
      {planned.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing is scheduled.
        </Text>
      ) : (
        <ul className={rows.list} aria-labelledby="planned">
          {(all ? planned : planned.slice(0, SHOWN)).map(({ what, at, every, incident }, index) => (
            <li key={index} className={rows.row}>
              <Stack gap={2} className={rows.words}>
                <Text size="sm">{what.charAt(0).toUpperCase() + what.slice(1)}</Text>
                {incident && <About incident={incident} />}
              </Stack>
              {at && (
                <Text size="xs" c="dimmed" ta="end" title={exactTime(timestampMs(at), timeZone)}>
                  {timestampMs(at) > now ? `in ${duration(timestampMs(at) - now)}` : "now"}
                  {every && <>, every {duration(Number(every.seconds) * 1000)}</>}
                </Text>
              )}
            </li>
          ))}
        </ul>
      )}
      {!all && planned.length > SHOWN && (
        <Button mt="sm" size="compact-md" variant="default" onClick={() => showAll(true)}>
          Show all {planned.length}
        </Button>
      )}
    </section>
  );
}

function Providers({ providers }: { providers: ProviderFeed[] }) {
  return (
    <section aria-labelledby="providers">
      <Title order={2} size="h4" mb="sm" id="providers">
        Status of providers
      </Title>
      <ProviderFeeds feeds={providers} labelledBy="providers" />
    </section>
  );
}
