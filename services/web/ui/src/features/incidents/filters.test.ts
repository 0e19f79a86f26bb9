import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { NO_FILTERS, fromSearch, matches, parseSearch, toSearch, type IncidentFilters } from "./filters";

test("filters survive the way through the address", () => {
  const filters: IncidentFilters = {
    state: "all",
    severities: ["sev1", "sev2"],
    statuses: ["monitoring"],
    query: "payments & “EU”",
  };
  expect(fromSearch(parseSearch({ ...toSearch(filters) }))).toEqual(filters);
});

test("the plain list has a plain address", () => {
  expect(toSearch(NO_FILTERS)).toEqual({});
  expect(parseSearch({})).toEqual({});
});

test("what makes no sense in an address is left out", () => {
  expect(
    parseSearch({ state: "closed", severity: ",,sev2, sev1,sev2", status: 5, q: "   ", page: "3" }),
  ).toEqual({
    severity: "sev1,sev2",
  });
});

test("words of an address never stand in the page as ours", () => {
  expect(fromSearch({ state: "HACKED call +1 555" })).toEqual(NO_FILTERS);
});

test("an incident belongs to a list as the server would say", () => {
  const server = new FakeServer();
  const open = server.add({ description: "x", severity: "sev1", status: "identified" });
  const resolved = server.add({ description: "y", resolvedAfterMinutes: 5 });
  expect(matches(NO_FILTERS, open)).toBe(true);
  expect(matches(NO_FILTERS, resolved)).toBe(false);
  expect(matches({ ...NO_FILTERS, state: "resolved" }, resolved)).toBe(true);
  expect(matches({ ...NO_FILTERS, state: "all" }, resolved)).toBe(true);
  expect(matches({ ...NO_FILTERS, severities: ["sev2"] }, open)).toBe(false);
  expect(matches({ ...NO_FILTERS, severities: ["sev1", "sev2"], statuses: ["identified"] }, open)).toBe(true);
  expect(matches({ ...NO_FILTERS, statuses: ["monitoring"] }, open)).toBe(false);
  expect(matches({ ...NO_FILTERS, query: "x" }, open)).toBe("unknown");
  expect(matches({ ...NO_FILTERS, query: "x" }, resolved)).toBe(false);
});
