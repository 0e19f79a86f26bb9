import { queryOptions } from "@tanstack/react-query";
import type { Api } from "../../api/api";

/** Providers are looked at by themselves; how that goes is asked for this often. */
const ASK_MS = 10_000;

export const RCA_TEMPLATE_KEY = ["settings", "rca-template"] as const;
export const PROVIDERS_KEY = ["settings", "providers"] as const;

/** The template of the RCA document, and what can stand in it. */
export function rcaTemplateQuery(api: Api) {
  return queryOptions({
    queryKey: RCA_TEMPLATE_KEY,
    queryFn: ({ signal }) => api.settings.getRcaTemplate({}, { signal }),
  });
}

/** Whose status is looked at, and how that goes. */
export function providersQuery(api: Api) {
  return queryOptions({
    queryKey: PROVIDERS_KEY,
    queryFn: ({ signal }) => api.settings.getProviders({}, { signal }),
    staleTime: 0,
    refetchInterval: ASK_MS,
  });
}
