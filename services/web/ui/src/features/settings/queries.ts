import { queryOptions } from "@tanstack/react-query";
import type { Api } from "../../api/api";

/** Providers are polled by themselves; how that goes is asked for this often. */
const ASK_MS = 10_000;

/** Everything about settings lies below this key. */
export const SETTINGS_KEY = ["settings"] as const;
export const PROVIDERS_KEY = ["settings", "providers"] as const;
export const SETTINGS_LIST_KEY = ["settings", "list"] as const;

/** Every setting with its schema and its value. */
export function settingsQuery(api: Api) {
  return queryOptions({
    queryKey: SETTINGS_LIST_KEY,
    queryFn: ({ signal }) => api.settings.listSettings({}, { signal }),
  });
}

/** The placeholders of the RCA document's template. */
export function rcaTemplateQuery(api: Api) {
  return queryOptions({
    queryKey: ["settings", "rca-template"],
    queryFn: ({ signal }) => api.settings.getRcaTemplate({}, { signal }),
  });
}

/** How polling the providers goes. */
export function providersQuery(api: Api) {
  return queryOptions({
    queryKey: PROVIDERS_KEY,
    queryFn: ({ signal }) => api.settings.getProviders({}, { signal }),
    staleTime: 0,
    refetchInterval: ASK_MS,
  });
}
