import { Group, Skeleton, Stack, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { AppLink } from "../../components/app-link";
import { EmptyState } from "../../components/empty-state";
import { ErrorState } from "../../components/error-state";
import { useTitle } from "../../components/use-title";
import { DeclareButton } from "../declare/declare-button";
import { NO_FILTERS, type IncidentFilters } from "../incidents/filters";
import { IncidentList, IncidentListSkeleton } from "../incidents/incident-list";
import { incidentsQuery, optionsQuery } from "../incidents/queries";
import classes from "./dashboard-page.module.css";
import { SeverityTile } from "./severity-tile";

const SHOWN = 10;
const RESOLVED: IncidentFilters = { ...NO_FILTERS, state: "resolved" };

/** What is open, how bad it is and for how long; then what was resolved. */
export function DashboardPage() {
  useTitle("Dashboard");
  return (
    <Stack gap="xl">
      <Title order={1} size="h2">
        Dashboard
      </Title>
      <Severities />
      <Open />
      <Resolved />
    </Stack>
  );
}

function Severities() {
  const options = useQuery(optionsQuery(useApi()));
  if (options.isError) return null; // The lists below say what is wrong.
  return (
    <ul className={classes.tiles} aria-label="Open incidents by severity" aria-busy={options.isPending}>
      {options.data
        ? options.data.severities.map((severity) => <SeverityTile key={severity.key} severity={severity} />)
        : [1, 2, 3, 4].map((tile) => (
            <li key={tile}>
              <Skeleton h={92} radius="md" />
            </li>
          ))}
    </ul>
  );
}

function Open() {
  const open = useInfiniteQuery(incidentsQuery(useApi(), NO_FILTERS));
  const first = open.data?.pages[0];
  const incidents = (first?.incidents ?? []).slice(0, SHOWN);
  return (
    <section aria-labelledby="open-incidents">
      <Group justify="space-between" align="baseline" mb="sm">
        <Title order={2} size="h4" id="open-incidents">
          Open incidents
        </Title>
        {first && first.total > SHOWN && (
          <AppLink to="/incidents" size="sm">
            All {first.total}
          </AppLink>
        )}
      </Group>
      {open.isPending && <IncidentListSkeleton rows={5} />}
      {open.isError && (
        <ErrorState
          what="The open incidents could not be loaded"
          error={open.error}
          onRetry={() => void open.refetch()}
        />
      )}
      {open.isSuccess && incidents.length === 0 && (
        <EmptyState
          title="No open incidents"
          text="When something breaks, declare an incident here or in Slack."
        >
          <DeclareButton variant="default" mt="sm" />
        </EmptyState>
      )}
      {incidents.length > 0 && (
        <IncidentList label="Open incidents, newest first" incidents={incidents} timeOpen />
      )}
    </section>
  );
}

function Resolved() {
  const resolved = useInfiniteQuery(incidentsQuery(useApi(), RESOLVED, 5));
  const incidents = resolved.data?.pages[0]?.incidents ?? [];
  if (incidents.length === 0) return null;
  return (
    <section aria-labelledby="resolved-incidents">
      <Group justify="space-between" align="baseline" mb="sm">
        <Title order={2} size="h4" id="resolved-incidents">
          Resolved
        </Title>
        <AppLink to="/incidents" search={{ state: "resolved" }} size="sm">
          All resolved
        </AppLink>
      </Group>
      <IncidentList label="Resolved incidents, newest first" incidents={incidents} />
    </section>
  );
}
