import type { QueryClient } from "@tanstack/react-query";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { matches, type IncidentFilters } from "../incidents/filters";
import {
  LISTS_KEY,
  detailKey,
  type GetIncidentResponse,
  type Incident,
  type IncidentPages,
  type ListKey,
} from "../incidents/queries";

/** A list with the change worked in, and whether the server has to be asked for what the page cannot know. */
export interface Applied {
  pages: IncidentPages;
  askServer: boolean;
}

/** Works a changed or new incident into a loaded list: no reload, and no jump of what people are reading. */
export function applyToPages(pages: IncidentPages, filters: IncidentFilters, incident: Incident): Applied {
  const known = find(pages, incident.id);
  if (known && known.revision >= incident.revision) return { pages, askServer: false };

  const belongs = matches(filters, incident);
  if (known && belongs !== false) {
    return { pages: replace(pages, incident), askServer: belongs === "unknown" };
  }
  if (known) {
    // One place is free now; a further page may have the incident that moves up.
    return { pages: remove(pages, incident.id), askServer: hasMore(pages) };
  }
  if (belongs === "unknown") return { pages, askServer: true };

  const oldest = pages.pages.at(-1)?.incidents.at(-1);
  const beyondLoaded = hasMore(pages) && (!oldest || declared(incident) <= declared(oldest));
  // Not loaded, so nobody here knows whether it was counted before.
  if (beyondLoaded) return { pages, askServer: true };
  return { pages: belongs ? insert(pages, incident) : pages, askServer: false };
}

/** Works a change into everything that is loaded. */
export function applyChange(queryClient: QueryClient, incident: Incident): { askServer: boolean } {
  let askServer = false;
  for (const [queryKey, pages] of queryClient.getQueriesData<IncidentPages>({ queryKey: LISTS_KEY })) {
    // An answer on its way may be older than this change and would undo it.
    if (queryClient.isFetching({ queryKey, exact: true }) > 0) askServer = true;
    if (!pages) continue;
    const applied = applyToPages(pages, (queryKey as ListKey)[2], incident);
    if (applied.pages !== pages) queryClient.setQueryData(queryKey, applied.pages);
    askServer ||= applied.askServer;
  }
  queryClient.setQueryData<GetIncidentResponse>(detailKey(incident.id), (detail) => {
    if (!detail?.incident || detail.incident.revision >= incident.revision) return detail;
    // The stream seals what an admin has opened on its page; that page is asked for again.
    if (incident.sealed && !detail.incident.sealed) return detail;
    return { ...detail, incident };
  });
  return { askServer };
}

const declared = (incident: Incident) => (incident.declaredAt ? timestampMs(incident.declaredAt) : 0);
const hasMore = (pages: IncidentPages) => (pages.pages.at(-1)?.nextPageToken ?? "") !== "";

function find(pages: IncidentPages, id: string): Incident | undefined {
  for (const page of pages.pages) {
    const incident = page.incidents.find((other) => other.id === id);
    if (incident) return incident;
  }
  return undefined;
}

function replace(pages: IncidentPages, incident: Incident): IncidentPages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      incidents: page.incidents.map((other) => (other.id === incident.id ? incident : other)),
    })),
  };
}

function remove(pages: IncidentPages, id: string): IncidentPages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      total: Math.max(0, page.total - 1),
      incidents: page.incidents.filter((other) => other.id !== id),
    })),
  };
}

function insert(pages: IncidentPages, incident: Incident): IncidentPages {
  let placed = false;
  const last = pages.pages.length - 1;
  return {
    ...pages,
    pages: pages.pages.map((page, index) => {
      const total = page.total + 1;
      if (placed) return { ...page, total };
      const at = page.incidents.findIndex((other) => declared(other) < declared(incident));
      if (at < 0 && index < last) return { ...page, total };
      placed = true;
      const place = at < 0 ? page.incidents.length : at;
      return { ...page, total, incidents: page.incidents.toSpliced(place, 0, incident) };
    }),
  };
}
