import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useApi } from "../../api/api";
import { EmptyState } from "../../components/empty-state";
import { ErrorState } from "../../components/error-state";
import { useTitle } from "../../components/use-title";
import { DeclareButton } from "../declare/declare-button";
import { FilterBar } from "./filter-bar";
import { NO_FILTERS, fromSearch, isFiltered, toSearch, type IncidentFilters } from "./filters";
import { IncidentList, IncidentListSkeleton } from "./incident-list";
import { keepSearch } from "./last-search";
import { incidentsQuery } from "./queries";

export function IncidentsPage() {
  useTitle("Incidents");
  const filters = fromSearch(useSearch({ from: "/signed-in/incidents" }));
  const navigate = useNavigate({ from: "/incidents" });
  const queryClient = useQueryClient();
  useEffect(() => keepSearch(queryClient, toSearch(filters)));
  const change = (changed: Partial<IncidentFilters>) =>
    void navigate({ search: (now) => toSearch({ ...fromSearch(now), ...changed }), replace: true });

  const list = useInfiniteQuery({
    ...incidentsQuery(useApi(), filters),
    // The old list stays until the new one is there: nothing jumps while a filter is chosen.
    placeholderData: keepPreviousData,
  });
  const incidents = list.data?.pages.flatMap((page) => page.incidents) ?? [];
  const total = list.data?.pages[0]?.total;

  const { ref, loadMore } = useLoadMore(incidents.length, () => void list.fetchNextPage());

  return (
    <Stack gap="md">
      <Group justify="space-between" align="baseline">
        <Title order={1} size="h2">
          Incidents
        </Title>
        <Text c="dimmed" size="sm" role="status">
          {total !== undefined && !list.isPlaceholderData && count(total, filters)}
        </Text>
      </Group>
      <FilterBar filters={filters} onChange={change} />
      {list.isPending && <IncidentListSkeleton rows={8} />}
      {list.isError && (
        <ErrorState
          what="The incidents could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      )}
      {list.isSuccess && incidents.length === 0 && (
        <NoIncidents filters={filters} onClear={() => change({ ...NO_FILTERS, state: filters.state })} />
      )}
      {incidents.length > 0 && <IncidentList label="Incidents" incidents={incidents} ref={ref} />}
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="default" onClick={loadMore} loading={list.isFetchingNextPage}>
            Load more
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function count(total: number, filters: IncidentFilters): string {
  const kind = filters.state === "all" ? "" : `${filters.state} `;
  return `${total} ${kind}${total === 1 ? "incident" : "incidents"}`;
}

function NoIncidents({ filters, onClear }: { filters: IncidentFilters; onClear: () => void }) {
  if (isFiltered(filters)) {
    return (
      <EmptyState title="No incident matches" text="Try other words or fewer filters.">
        <Button variant="default" mt="sm" onClick={onClear}>
          Clear filters
        </Button>
      </EmptyState>
    );
  }
  if (filters.state === "open") {
    return (
      <EmptyState
        title="No open incidents"
        text="When something breaks, declare an incident here or in Slack."
      >
        <DeclareButton variant="default" mt="sm" />
      </EmptyState>
    );
  }
  return (
    <EmptyState title={filters.state === "resolved" ? "No resolved incidents yet" : "No incidents yet"} />
  );
}

/** Loads the next page and then moves the focus to its first incident, so that the keyboard goes on there. */
function useLoadMore(length: number, fetchNext: () => void) {
  const ref = useRef<HTMLUListElement>(null);
  const focusAt = useRef<number | null>(null);
  useEffect(() => {
    const at = focusAt.current;
    if (at === null || length <= at) return;
    focusAt.current = null;
    ref.current?.children[at]?.querySelector("a")?.focus({ preventScroll: true });
  }, [length]);
  const loadMore = () => {
    focusAt.current = length;
    fetchNext();
  };
  return { ref, loadMore };
}
