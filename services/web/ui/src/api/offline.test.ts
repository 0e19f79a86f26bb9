import { expect, test, vi } from "vitest";
import { explainChange } from "./field-errors";
import { noteOffline, wasNeverSent } from "./offline";

// As `fetch` fails when there is no network.
const call = noteOffline(() => Promise.reject(new TypeError("Failed to fetch")));
const failure = () => call({} as Parameters<typeof call>[0]).catch((error: unknown) => error);

test("what is sent while offline is known to have reached nobody", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  const error = await failure();
  expect(wasNeverSent(error)).toBe(true);
  expect(explainChange(error)).toContain("Nothing was sent");
});

test("what got lost while online may have arrived", async () => {
  const error = await failure();
  expect(wasNeverSent(error)).toBe(false);
  expect(explainChange(error)).toContain("couldn’t confirm");
});
