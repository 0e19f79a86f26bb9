import { Code } from "@connectrpc/connect";
import type { Api } from "../../api/api";
import { isCode } from "../../api/errors";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";

/** `connecting` until the first message ever, `live` while changes arrive, `down` while they do not. */
export type LiveState = "connecting" | "live" | "down";

export interface WatchHandlers {
  /** The stream stands: from here on nothing is missed, what was before must be asked for. */
  onOpen: () => void;
  onChange: (incident: Incident) => void;
  onState: (state: LiveState) => void;
  /** The session has ended; watching stops. */
  onSessionEnd: () => void;
}

export interface WatchOptions {
  /** First wait before a new attempt; doubles up to `maxWaitMs`, with up to a third more by chance. */
  minWaitMs?: number;
  maxWaitMs?: number;
  /** A stream whose first message takes longer is given up. */
  openTimeoutMs?: number;
  /** The server says every 15 s that a stream stands; one that is silent for longer than this was cut. */
  silenceMs?: number;
  /** A stream that lived for longer than this was fine: the next wait is the first one again. */
  stableMs?: number;
}

/** Keeps a stream of changes open until `signal` aborts, with a new attempt after each break. */
export async function watch(
  api: Api,
  handlers: WatchHandlers,
  signal: AbortSignal,
  {
    minWaitMs = 500,
    maxWaitMs = 30_000,
    openTimeoutMs = 10_000,
    silenceMs = 40_000,
    stableMs = 10_000,
  }: WatchOptions = {},
): Promise<void> {
  let failures = 0;
  handlers.onState("connecting");
  while (!signal.aborted) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    signal.addEventListener("abort", stop, { once: true });
    let patience = setTimeout(stop, openTimeoutMs);
    let openedAt: number | undefined;
    try {
      // No deadline: this call is meant to last.
      const stream = api.incidents.watchIncidents({}, { signal: attempt.signal, timeoutMs: 0 });
      for await (const { incident } of stream) {
        clearTimeout(patience);
        patience = setTimeout(stop, silenceMs);
        if (openedAt === undefined) {
          openedAt = Date.now();
          handlers.onState("live");
          handlers.onOpen();
        }
        if (incident) handlers.onChange(incident);
      }
    } catch (error) {
      if (isCode(error, Code.Unauthenticated)) {
        handlers.onSessionEnd();
        return;
      }
    } finally {
      clearTimeout(patience);
      signal.removeEventListener("abort", stop);
    }
    if (isAborted(signal)) return;
    handlers.onState("down");
    if (openedAt !== undefined && Date.now() - openedAt >= stableMs) failures = 0;
    const wait = Math.min(maxWaitMs, minWaitMs * 2 ** failures) * (1 + Math.random() / 3);
    failures += 1;
    await pause(wait, signal);
  }
}

// Through a function, because the compiler takes the loop's condition for settled.
const isAborted = (signal: AbortSignal) => signal.aborted;

/** Waits, but no longer once the browser says that it is online again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
