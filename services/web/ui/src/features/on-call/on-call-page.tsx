import { Anchor, Button, CloseButton, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconRefresh, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { Age } from "../../components/age";
import { EmptyState } from "../../components/empty-state";
import { ErrorState } from "../../components/error-state";
import { Notice } from "../../components/notice";
import { useQueryText } from "../../components/use-query-text";
import { useTitle } from "../../components/use-title";
import type { Team } from "../../gen/incident_bot/v1/on_call_pb";
import { useMayAct } from "../auth/session";
import { Levels } from "./levels";
import classes from "./on-call.module.css";
import { onCallQuery } from "./queries";
import { StaleNotice } from "./stale-notice";
import { useRefresh } from "./use-refresh";

/** People hand over by themselves; what is shown is asked for this often, and while PagerDuty is read this often. */
const ASK_MS = 30_000;
const ASK_SOON_MS = 1_000;

/** Who is on call in PagerDuty, team by team. */
export function OnCallPage() {
  useTitle("On call");
  const { q: query = "" } = useSearch({ from: "/signed-in/on-call" });
  const navigate = useNavigate({ from: "/on-call" });
  const [text, setText] = useQueryText(
    query,
    (typed) => void navigate({ search: typed.trim() === "" ? {} : { q: typed.trim() }, replace: true }),
  );
  const refresh = useRefresh();
  const list = useInfiniteQuery({
    ...onCallQuery(useApi(), query),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      refresh.isReading(state.data?.pages[0]?.copiedAt) ? ASK_SOON_MS : ASK_MS,
  });
  const known = list.data?.pages[0];
  const isReading = refresh.isReading(known?.copiedAt);
  const teams = list.data?.pages.flatMap((page) => page.teams) ?? [];
  const mayAct = useMayAct();

  if (known && !known.enabled) {
    return (
      <EmptyState
        wholePage
        title="PagerDuty is not enabled"
        text="On-call data isn’t available. Ask whoever runs incident-bot to set it up."
      />
    );
  }
  return (
    <Stack gap="md">
      <div>
        <Title order={1} size="h2">
          On call
        </Title>
        <Text size="sm" c="dimmed">
          Who is on call now in PagerDuty, by team. To page a team, open the incident.
        </Text>
      </div>
      <Group gap="sm" justify="space-between">
        <TextInput
          aria-label="Team or person"
          placeholder="Team or person"
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={text && <CloseButton size="sm" aria-label="Clear" onClick={() => setText("")} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          className={classes.search}
          maxLength={200}
          type="search"
          dir="auto"
        />
        <Group gap="sm">
          <Text size="sm" c="dimmed" role="status">
            {isReading
              ? "Syncing with PagerDuty…"
              : known?.copiedAt && (
                  <>
                    Synced <Age at={known.copiedAt} />
                  </>
                )}
          </Text>
          {mayAct && (
            <Button
              size="compact-md"
              variant="default"
              leftSection={<IconRefresh size={16} aria-hidden />}
              onClick={() => refresh.refresh(known?.copiedAt)}
              loading={isReading}
              disabled={!known}
            >
              Refresh
            </Button>
          )}
        </Group>
      </Group>
      <Notice text={refresh.error ? explainChange(refresh.error) : undefined} />
      {refresh.isLate(known?.copiedAt) && (
        <Text size="sm" role="status">
          PagerDuty hasn’t been synced yet. On-call data appears here when it is.
        </Text>
      )}
      <StaleNotice text={known?.notice ?? ""} />
      {list.isPending && <Skeleton h={240} radius="md" />}
      {list.isError && (
        <ErrorState
          what="Who is on call could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      )}
      {list.isSuccess && teams.length === 0 && (
        <NoTeams
          isSearch={query !== ""}
          wasRead={known?.copiedAt !== undefined}
          onClear={() => setText("")}
        />
      )}
      {teams.length > 0 && (
        <ul className={classes.teams} aria-label="Teams">
          {teams.map((team) => (
            <TeamCard key={team.id} team={team} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            onClick={() => void list.fetchNextPage()}
            loading={list.isFetchingNextPage}
          >
            Load more
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function TeamCard({ team }: { team: Team }) {
  return (
    <li className={classes.team}>
      <Title order={2} size="h5" mb="xs" dir="auto" className={classes.name}>
        {/^https?:\/\//i.test(team.url) ? (
          <Anchor href={team.url} target="_blank" rel="noreferrer" inherit>
            {team.name}
          </Anchor>
        ) : (
          team.name
        )}
      </Title>
      <Levels team={team} />
    </li>
  );
}

interface NoTeamsProps {
  isSearch: boolean;
  wasRead: boolean;
  onClear: () => void;
}

function NoTeams({ isSearch, wasRead, onClear }: NoTeamsProps) {
  if (isSearch) {
    return (
      <EmptyState title="No team or person on call matches">
        <Button variant="default" mt="sm" onClick={onClear}>
          Show all
        </Button>
      </EmptyState>
    );
  }
  // Until it was read for the first time the notice says how that goes.
  if (!wasRead) return null;
  return <EmptyState title="PagerDuty has no teams (escalation policies) yet" />;
}
