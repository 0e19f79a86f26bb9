import { queryOptions } from "@tanstack/react-query";
import type { Api } from "../../api/api";

export const RCA_TEMPLATE_KEY = ["settings", "rca-template"] as const;

/** The template of the RCA document, and what can stand in it. */
export function rcaTemplateQuery(api: Api) {
  return queryOptions({
    queryKey: RCA_TEMPLATE_KEY,
    queryFn: ({ signal }) => api.settings.getRcaTemplate({}, { signal }),
  });
}
