import { Badge, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck, IconLock, IconRefresh } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { isUnreachable } from "../../api/errors";
import { explainChange } from "../../api/field-errors";
import { Age } from "../../components/age";
import { AppLink } from "../../components/app-link";
import { ErrorState } from "../../components/error-state";
import { newId } from "../../components/new-id";
import { Notice } from "../../components/notice";
import rows from "../../components/rows.module.css";
import type { DiscardedJob, JobIncident } from "../../gen/incident_bot/v1/jobs_pb";
import { useStalled } from "../health/queries";
import { JOBS_KEY, discardedQuery } from "./queries";

/** What could not be done, why, and the way to have it tried again. */
export function DiscardedJobs() {
  const query = useInfiniteQuery(discardedQuery(useApi()));
  const stalled = useStalled().length > 0;
  const jobs = query.data?.pages.flatMap((page) => page.jobs) ?? [];
  return (
    <section aria-labelledby="given-up">
      <Title order={2} size="h4" mb="sm" id="given-up">
        Failed jobs
      </Title>
      {query.isPending && <Skeleton h={120} radius="md" />}
      {query.isError && (
        <ErrorState
          what="The jobs could not be loaded"
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )}
      {query.isSuccess && jobs.length === 0 && (
        <Group gap="xs" wrap="nowrap">
          <IconCircleCheck size={20} aria-hidden style={{ flex: "none" }} />
          <Text size="sm">No failed jobs.{stalled && " Some are still waiting, see above."}</Text>
        </Group>
      )}
      {jobs.length > 0 && (
        <ul className={rows.list} aria-labelledby="given-up">
          {jobs.map((job) => (
            <Job key={job.id} job={job} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Group justify="center" mt="md">
          <Button
            variant="default"
            onClick={() => void query.fetchNextPage()}
            loading={query.isFetchingNextPage}
          >
            Load more
          </Button>
        </Group>
      )}
    </section>
  );
}

function Job({ job }: { job: DiscardedJob }) {
  const api = useApi();
  const queryClient = useQueryClient();
  // The same for every press until it is known what became of it: it is tried once.
  const [requestId, setRequestId] = useState(() => newId());
  const retry = useMutation({
    mutationFn: () => api.jobs.retryJob({ id: job.id, requestId }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: JOBS_KEY }),
    onError: (error) => {
      if (!isUnreachable(error)) setRequestId(newId());
    },
  });
  return (
    <li className={rows.row}>
      <Stack gap={4} className={rows.words}>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {sentenceCase(job.what)}
          </Text>
          <Badge variant="light" color="gray">
            {job.queue}
          </Badge>
        </Group>
        {job.incident && <About incident={job.incident} />}
        {job.reason && (
          <Text size="sm" className={rows.reason}>
            {job.reason}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          {job.discardedAt && (
            <>
              Failed <Age at={job.discardedAt} />
            </>
          )}
          , after {job.attempts} {job.attempts === 1 ? "attempt" : "attempts"}
        </Text>
        <Notice text={retry.isError ? explainChange(retry.error) : undefined} />
      </Stack>
      {job.retry && (
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={retry.isPending}
          onClick={() => retry.mutate()}
          aria-label={`Retry: ${job.what}${job.incident ? `, ${job.incident.title}` : ""}`}
        >
          Retry
        </Button>
      )}
    </li>
  );
}

/** The incident that something is about; of a sealed one only that it is private. */
export function About({ incident }: { incident: JobIncident }) {
  return (
    <Group gap={6} wrap="nowrap">
      {incident.sealed && <IconLock size={14} aria-hidden style={{ flex: "none" }} />}
      <AppLink to="/incidents/$id" params={{ id: incident.id }} size="sm" dir="auto" className={rows.reason}>
        {incident.sealed ? "Private incident" : incident.title}
      </AppLink>
    </Group>
  );
}

const sentenceCase = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
