import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import {
  IncidentSchema,
  ListIncidentsResponseSchema,
  type Incident,
} from "../../gen/incident_bot/v1/incidents_pb";
import { NO_FILTERS } from "../incidents/filters";
import type { IncidentPages } from "../incidents/queries";
import { applyToPages } from "./apply-change";

function incident(
  id: string,
  minute: number,
  more: { revision?: bigint; severity?: string; resolved?: boolean } = {},
) {
  return create(IncidentSchema, {
    id,
    declaredAt: timestampFromMs(minute * 60_000),
    revision: more.revision ?? 1n,
    severity: { key: more.severity ?? "sev4" },
    ...(more.resolved && { resolvedAt: timestampFromMs(minute * 60_000 + 1) }),
  });
}

function pages(total: number, next: string, ...all: Incident[][]): IncidentPages {
  return {
    pages: all.map((incidents, index) =>
      create(ListIncidentsResponseSchema, {
        incidents,
        total,
        nextPageToken: index < all.length - 1 ? "more" : next,
      }),
    ),
    pageParams: all.map(() => ""),
  };
}

const shown = ({ pages }: IncidentPages) => pages.map((page) => page.incidents.map(({ id }) => id).join(""));
const totals = ({ pages }: IncidentPages) => pages.map(({ total }) => total);

const a = incident("a", 50);
const b = incident("b", 40);
const c = incident("c", 30);
const d = incident("d", 20);

describe("a new incident", () => {
  test("stands first and is counted", () => {
    const { pages: after, askServer } = applyToPages(pages(2, "", [b, c]), NO_FILTERS, a);
    expect(shown(after)).toEqual(["abc"]);
    expect(totals(after)).toEqual([3]);
    expect(askServer).toBe(false);
  });

  test("stands where its time puts it, on whichever page", () => {
    expect(shown(applyToPages(pages(3, "", [a, c], [d]), NO_FILTERS, b).pages)).toEqual(["abc", "d"]);
    expect(shown(applyToPages(pages(3, "", [a, b], [d]), NO_FILTERS, c).pages)).toEqual(["ab", "cd"]);
    expect(shown(applyToPages(pages(3, "", [a, b], [c]), NO_FILTERS, d).pages)).toEqual(["ab", "cd"]);
  });

  test("comes into an empty list", () => {
    expect(shown(applyToPages(pages(0, "", []), NO_FILTERS, a).pages)).toEqual(["a"]);
  });

  test("that the filters leave out changes nothing", () => {
    const before = pages(1, "", [b]);
    const filters = { ...NO_FILTERS, severities: ["sev1"] };
    expect(applyToPages(before, filters, a)).toEqual({ pages: before, askServer: false });
  });

  test("is for the server to judge where words are looked for", () => {
    const before = pages(1, "", [b]);
    expect(applyToPages(before, { ...NO_FILTERS, query: "x" }, a)).toEqual({
      pages: before,
      askServer: true,
    });
  });

  test("beyond the loaded pages may have been counted before", () => {
    const before = pages(9, "more", [a, b]);
    expect(applyToPages(before, NO_FILTERS, c)).toEqual({ pages: before, askServer: true });
  });
});

describe("a changed incident", () => {
  test("is changed where it stands", () => {
    const changed = incident("b", 40, { revision: 2n, severity: "sev1" });
    const { pages: after } = applyToPages(pages(3, "", [a, b], [c]), NO_FILTERS, changed);
    expect(after.pages[0]?.incidents[1]).toBe(changed);
    expect(totals(after)).toEqual([3, 3]);
  });

  test("is not set back by an older message", () => {
    const before = pages(1, "", [incident("b", 40, { revision: 3n })]);
    const old = incident("b", 40, { revision: 2n, resolved: true });
    expect(applyToPages(before, NO_FILTERS, old).pages).toBe(before);
    expect(applyToPages(before, NO_FILTERS, incident("b", 40, { revision: 3n })).pages).toBe(before);
  });

  test("leaves a list to which it no longer belongs", () => {
    const resolved = incident("b", 40, { revision: 2n, resolved: true });
    const { pages: after, askServer } = applyToPages(pages(3, "", [a, b, c]), NO_FILTERS, resolved);
    expect(shown(after)).toEqual(["ac"]);
    expect(totals(after)).toEqual([2]);
    expect(askServer).toBe(false);
  });

  test("leaves a gap that only the server can fill when there are more", () => {
    const resolved = incident("a", 50, { revision: 2n, resolved: true });
    expect(applyToPages(pages(9, "more", [a]), NO_FILTERS, resolved).askServer).toBe(true);
  });
});
