import { Code } from "@connectrpc/connect";
import { afterEach, expect, test, vi } from "vitest";
import { createApi } from "./api";
import { isCode } from "./errors";
import { explainChange } from "./field-errors";
import { createTransport } from "./transport";

/** When the server itself ends an answer (`answer_time` in shared/telemetry/src/serve.rs). */
const SERVER_MS = 30_000;

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an answer is waited for less long than the server may take, and then it is not known what was done", async () => {
  vi.useFakeTimers();
  const silent = (_: unknown, { signal }: RequestInit) =>
    new Promise<Response>((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    });
  vi.stubGlobal("fetch", silent);
  const { auth } = createApi(createTransport([]));
  const failure = auth.signOut({}).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(SERVER_MS - 1);
  const error = await failure;
  expect(isCode(error, Code.DeadlineExceeded)).toBe(true);
  expect(explainChange(error)).toContain("couldn’t confirm");
});
