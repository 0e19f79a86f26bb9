import { expect, test } from "vitest";
import { safeNext } from "./next";

test("leads back to the page with its filters", () => {
  expect(safeNext("/incidents?state=all&q=a#x")).toBe("/incidents?state=all&q=a#x");
});

test.each([
  undefined,
  "",
  "https://evil.example/",
  "//evil.example/incidents",
  "/\\evil.example",
  "javascript:alert(1)",
  "incidents",
  "/sign-in?next=/",
])("never leads anywhere else: %s", (next) => {
  expect(safeNext(next)).toBe("/");
});
