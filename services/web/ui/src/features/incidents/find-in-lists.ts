import { create } from "@bufbuild/protobuf";
import type { QueryClient } from "@tanstack/react-query";
import { GetIncidentResponseSchema, type GetIncidentResponse } from "../../gen/incident_bot/v1/incidents_pb";
import { LISTS_KEY, type IncidentPages } from "./queries";

/** The newest that any loaded list knows of an incident. */
export function findInLists(queryClient: QueryClient, id: string): GetIncidentResponse | undefined {
  const found = queryClient
    .getQueriesData<IncidentPages>({ queryKey: LISTS_KEY })
    .flatMap(([, list]) => list?.pages ?? [])
    .flatMap((page) => page.incidents)
    .filter((incident) => incident.id === id)
    .sort((a, b) => Number(b.revision - a.revision))[0];
  return found && create(GetIncidentResponseSchema, { incident: found });
}
