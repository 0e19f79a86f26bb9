import { queryOptions, useQuery } from "@tanstack/react-query";
import { useApi, type Api } from "../../api/api";
import type { StalledIntegration } from "../../gen/incident_bot/v1/jobs_pb";

const ASK_MS = 15_000;

/** What does not get on outside: Slack, PagerDuty, … */
export function healthQuery(api: Api) {
  return queryOptions({
    queryKey: ["health"],
    queryFn: ({ signal }) => api.jobs.getHealth({}, { signal }),
    staleTime: 0,
    retry: false,
    refetchInterval: ASK_MS,
  });
}

/** Those that do not get on; what is not known is not said. */
export function useStalled(): StalledIntegration[] {
  const { data, isError } = useQuery(healthQuery(useApi()));
  return isError ? [] : (data?.stalled ?? []);
}
