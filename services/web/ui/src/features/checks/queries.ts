import { queryOptions } from "@tanstack/react-query";
import type { Api } from "../../api/api";

export const CHECKS_KEY = ["checks"] as const;

/** What every service found when it last checked what it needs. */
export function checksQuery(api: Api) {
  return queryOptions({
    queryKey: CHECKS_KEY,
    queryFn: ({ signal }) => api.checks.getChecks({}, { signal }),
    staleTime: 0,
  });
}
