import { IncidentState, type Incident } from "../../gen/incident_bot/v1/incidents_pb";

/** What the list shows; lives in the address, so that a list can be linked and survives a reload. */
export interface IncidentFilters {
  state: "open" | "resolved" | "all";
  severities: string[];
  statuses: string[];
  query: string;
}

/** The filters as the address writes them: `?state=all&severity=sev1,sev2&q=payments`. */
export interface IncidentSearch {
  state?: "resolved" | "all";
  severity?: string;
  status?: string;
  q?: string;
}

export const NO_FILTERS: IncidentFilters = { state: "open", severities: [], statuses: [], query: "" };

/** Reads an address that anyone may have typed: what makes no sense is left out. */
export function parseSearch(search: Record<string, unknown>): IncidentSearch {
  const text = (key: string) => (typeof search[key] === "string" ? search[key].trim() : "");
  return toSearch({
    state: search.state === "all" || search.state === "resolved" ? search.state : "open",
    severities: keys(text("severity")),
    statuses: keys(text("status")),
    query: text("q"),
  });
}

/** The filters of an address. The router hands on what `parseSearch` left out, so it is checked again. */
export function fromSearch(search: object): IncidentFilters {
  const { state, severity, status, q } = parseSearch({ ...search });
  return {
    state: state ?? "open",
    severities: keys(severity ?? ""),
    statuses: keys(status ?? ""),
    query: q ?? "",
  };
}

/** Only what differs from the plain list stands in the address. */
export function toSearch(filters: IncidentFilters): IncidentSearch {
  return {
    ...(filters.state !== "open" && { state: filters.state }),
    ...(filters.severities.length > 0 && { severity: filters.severities.join(",") }),
    ...(filters.statuses.length > 0 && { status: filters.statuses.join(",") }),
    ...(filters.query.trim() !== "" && { q: filters.query.trim() }),
  };
}

function keys(text: string): string[] {
  const all = text.split(",").map((key) => key.trim());
  // Sorted, so that the same choice in another order is the same list.
  return [...new Set(all)].filter((key) => key !== "").sort();
}

export function isFiltered(filters: IncidentFilters): boolean {
  return filters.severities.length > 0 || filters.statuses.length > 0 || filters.query.trim() !== "";
}

export function toIncidentState(state: IncidentFilters["state"]): IncidentState {
  if (state === "open") return IncidentState.OPEN;
  if (state === "resolved") return IncidentState.RESOLVED;
  return IncidentState.UNSPECIFIED;
}

/** Whether an incident belongs to the list; `unknown` where only the server can tell. */
export function matches(filters: IncidentFilters, incident: Incident): boolean | "unknown" {
  const resolved = incident.resolvedAt !== undefined;
  if (filters.state === "open" && resolved) return false;
  if (filters.state === "resolved" && !resolved) return false;
  if (filters.severities.length > 0 && !filters.severities.includes(incident.severity?.key ?? ""))
    return false;
  if (filters.statuses.length > 0 && !filters.statuses.includes(incident.status?.key ?? "")) return false;
  // How words are found in a text is the server's business.
  return filters.query.trim() === "" ? true : "unknown";
}
