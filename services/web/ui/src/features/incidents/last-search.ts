import type { QueryClient } from "@tanstack/react-query";
import type { IncidentSearch } from "./filters";

const KEY = ["last-search"] as const;

/** What the list showed when somebody left it: the way back leads there. */
export const lastSearch = (queryClient: QueryClient): IncidentSearch =>
  queryClient.getQueryData<IncidentSearch>(KEY) ?? {};

export function keepSearch(queryClient: QueryClient, search: IncidentSearch): void {
  queryClient.setQueryDefaults(KEY, { gcTime: Infinity });
  queryClient.setQueryData<IncidentSearch>(KEY, search);
}
