import { infiniteQueryOptions, queryOptions, type InfiniteData } from "@tanstack/react-query";
import type { Api } from "../../api/api";
import type {
  GetIncidentResponse,
  Incident,
  ListIncidentsResponse,
} from "../../gen/incident_bot/v1/incidents_pb";
import { isOpened } from "./opened";
import { toIncidentState, type IncidentFilters } from "./filters";

/** Everything about incidents lies below this key. */
export const INCIDENTS_KEY = ["incidents"] as const;
export const LISTS_KEY = ["incidents", "list"] as const;

export type IncidentPages = InfiniteData<ListIncidentsResponse, string>;
export type ListKey = readonly ["incidents", "list", IncidentFilters, number];
export type { GetIncidentResponse, Incident };

export const detailKey = (id: string) => ["incidents", "detail", id] as const;
export const pinsKey = (id: string) => ["incidents", "pins", id] as const;
export const legacyRecordsKey = (id: string) => ["incidents", "legacyRecords", id] as const;

/** Incidents that pass the filters, newest first, page by page. */
export function incidentsQuery(api: Api, filters: IncidentFilters, pageSize = 50) {
  const queryKey: ListKey = [...LISTS_KEY, filters, pageSize];
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      api.incidents.listIncidents(
        {
          pageSize,
          pageToken: pageParam,
          state: toIncidentState(filters.state),
          severities: filters.severities,
          statuses: filters.statuses,
          query: filters.query,
        },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** One incident with its timeline. */
export function incidentQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: detailKey(id),
    queryFn: ({ signal, client }) =>
      api.incidents.getIncident({ id, openPrivate: isOpened(client, id) }, { signal }),
  });
}

/** The messages that are pinned to it. */
export function pinsQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: pinsKey(id),
    queryFn: ({ signal, client }) =>
      api.incidents.listPins({ incidentId: id, openPrivate: isOpened(client, id) }, { signal }),
  });
}

/** What incident-bot 0.8.2 kept of it, or of no incident, and has no place elsewhere. Only an import changes it. */
export function legacyRecordsQuery(api: Api, id: string) {
  return queryOptions({
    queryKey: legacyRecordsKey(id),
    queryFn: ({ signal, client }) =>
      api.incidents.listLegacyRecords({ incidentId: id, openPrivate: isOpened(client, id) }, { signal }),
    staleTime: 5 * 60_000,
  });
}

/** Severities, statuses and defaults that forms and filters offer. */
export function optionsQuery(api: Api) {
  return queryOptions({
    queryKey: ["options"],
    queryFn: ({ signal }) => api.incidents.getIncidentOptions({}, { signal }),
    staleTime: 5 * 60_000,
  });
}
