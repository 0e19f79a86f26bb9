import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Api } from "../../api/api";

export const ON_CALL_KEY = ["on-call"] as const;

/** The teams with who is on call, by name, page by page. */
export function onCallQuery(api: Api, query: string) {
  return infiniteQueryOptions({
    queryKey: [...ON_CALL_KEY, "list", query],
    queryFn: ({ pageParam, signal }) => api.onCall.listOnCall({ query, pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    staleTime: 0,
  });
}
