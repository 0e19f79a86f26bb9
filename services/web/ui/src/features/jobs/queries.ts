import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Api } from "../../api/api";

/** Jobs come and go by themselves; what is shown of them is asked for this often. */
const ASK_MS = 10_000;

export const JOBS_KEY = ["jobs"] as const;

/** The jobs that were given up, newest first, page by page. */
export function discardedQuery(api: Api) {
  return infiniteQueryOptions({
    queryKey: [...JOBS_KEY, "discarded"],
    queryFn: ({ pageParam, signal }) => api.jobs.listDiscardedJobs({ pageToken: pageParam }, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    staleTime: 0,
    refetchInterval: ASK_MS,
  });
}

/** How full the queues are, what is planned, how others' status is read. */
export function overviewQuery(api: Api) {
  return queryOptions({
    queryKey: [...JOBS_KEY, "overview"],
    queryFn: ({ signal }) => api.jobs.getJobsOverview({}, { signal }),
    staleTime: 0,
    refetchInterval: ASK_MS,
  });
}
