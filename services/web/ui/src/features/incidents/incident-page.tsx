import { Paper, Skeleton, Stack, Title } from "@mantine/core";
import { Code } from "@connectrpc/connect";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { isCode } from "../../api/errors";
import { useApi } from "../../api/api";
import { AppLink } from "../../components/app-link";
import { EmptyState } from "../../components/empty-state";
import { ErrorState } from "../../components/error-state";
import { RichText } from "../../components/rich-text";
import { useTitle } from "../../components/use-title";
import { TimelineEntryKind, type TimelineEntry } from "../../gen/incident_bot/v1/timeline_pb";
import { PagesPanel } from "../paging/pages-panel";
import { LegacyRecords } from "../legacy/legacy-records";
import { Pins } from "../pins/pins";
import { Timeline, TimelineSkeleton } from "../timeline/timeline";
import { RolesPanel } from "../roles/roles-panel";
import { LastUpdate } from "../update/last-update";
import { IncidentDetails } from "./incident-details";
import { IncidentHeader } from "./incident-header";
import classes from "./incident-page.module.css";
import { lastSearch } from "./last-search";
import { incidentQuery } from "./queries";
import { findInLists } from "./find-in-lists";
import { StatuspagePanel } from "./statuspage-panel";
import { LookOnlyContext } from "./look-only";
import { useOpened } from "./opened";
import { OpenedNotice, SealedIncident } from "./sealed-incident";

export function IncidentPage() {
  const { id } = useParams({ from: "/signed-in/incidents/$id" });
  const queryClient = useQueryClient();
  useOpened(id);
  const query = useQuery({
    ...incidentQuery(useApi(), id),
    // A list knows all but the timeline already.
    placeholderData: () => findInLists(queryClient, id),
  });
  const { incident, timeline = [], severityPages = [] } = query.data ?? {};
  useTitle(incident?.title ?? "Incident");

  if (query.isError && !incident) {
    if (isCode(query.error, Code.NotFound, Code.InvalidArgument)) return <NotFound />;
    return (
      <ErrorState
        what="The incident could not be loaded"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  if (incident?.sealed) return <SealedIncident key={id} incident={incident} />;
  const isLoaded = query.data !== undefined && !query.isPlaceholderData;
  return (
    <LookOnlyContext value={query.data?.opened ?? false}>
      <Stack gap="lg">
        <AppLink to="/incidents" search={lastSearch(queryClient)} size="sm" className={classes.back}>
          <IconArrowLeft size={16} aria-hidden /> Incidents
        </AppLink>
        {query.data?.opened && <OpenedNotice id={id} />}
        {incident ? (
          <IncidentHeader incident={incident} severityPages={severityPages} />
        ) : (
          <Stack gap="sm" aria-busy>
            <Skeleton h={28} w="60%" />
            <Skeleton h={20} w={180} />
          </Stack>
        )}
        <div className={classes.columns}>
          {incident?.lastUpdate && (
            <div className={classes.update}>
              <LastUpdate update={incident.lastUpdate} />
            </div>
          )}
          <Stack gap="lg" className={classes.side}>
            {incident && <RolesPanel incident={incident} />}
            <PagesPanel incident={incident} pages={query.data?.pages ?? []} />
            {query.data?.statuspage && <StatuspagePanel statuspage={query.data.statuspage} />}
            <section aria-label="Details">
              {incident ? (
                <IncidentDetails
                  incident={incident}
                  statusTimes={query.data?.statusTimes ?? []}
                  hasProblem={timeline.some(isProblem)}
                />
              ) : (
                <Skeleton h={190} radius="md" />
              )}
            </section>
          </Stack>
          <Stack gap="lg" className={classes.main}>
            <section aria-labelledby="description">
              <Title order={2} size="h5" mb="xs" id="description">
                Description
              </Title>
              <Paper withBorder p="md">
                {incident ? (
                  <div dir="auto" className={classes.description}>
                    <RichText text={incident.description} />
                  </div>
                ) : (
                  <Skeleton h={44} />
                )}
              </Paper>
            </section>
            {incident && isLoaded && <Pins key={`pins-${id}`} id={id} />}
            {incident && isLoaded && <LegacyRecords key={`legacy-${id}`} id={id} />}
            {incident && isLoaded ? (
              <Timeline key={id} incident={incident} entries={timeline} />
            ) : (
              <TimelineSkeleton />
            )}
          </Stack>
        </div>
      </Stack>
    </LookOnlyContext>
  );
}

const isProblem = ({ kind }: TimelineEntry) => kind === TimelineEntryKind.PROBLEM;

function NotFound() {
  return (
    <EmptyState
      wholePage
      title="There is no such incident"
      text="Or it’s private, and you’re not one of its members."
    >
      <AppLink to="/incidents" mt="sm">
        All incidents
      </AppLink>
    </EmptyState>
  );
}
