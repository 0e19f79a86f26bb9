import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Api } from "../../api/api";
import { IncidentSchema } from "../../gen/incident_bot/v1/incidents_pb";
import { watch, type LiveState, type WatchHandlers, type WatchOptions } from "./watch";

/**
 * One stream for all tabs of a browser: over HTTP/1.1 it has six connections to a server, and a stream holds one.
 *
 * The tabs ask for one lock. Whoever has it keeps the stream and tells the others what comes; when that tab is closed or
 * hidden, the browser gives the lock to the next one, which opens a stream of its own.
 */
type Told = { kind: "state"; state: LiveState } | { kind: "open" } | { kind: "change"; incident: Uint8Array };
type Message = Told | { kind: "hello" } | { kind: "session end" } | { kind: "beat" };

/** The part of the browser's locks that is needed. */
export interface Locks {
  request: (
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    holding: () => Promise<void>,
  ) => Promise<void>;
}

/** What tabs talk through. */
export interface Channel {
  postMessage: (message: unknown) => void;
  onmessage: ((event: MessageEvent<Message>) => void) | null;
  close: () => void;
}

export interface Browser {
  locks: Locks | undefined;
  channel: (name: string) => Channel | undefined;
}

/** Locks are there over https and on localhost only; without them each tab has a stream of its own. */
const browser: Browser = {
  get locks() {
    return "locks" in navigator ? (navigator.locks as unknown as Locks) : undefined;
  },
  channel: (name) => ("BroadcastChannel" in globalThis ? new BroadcastChannel(name) : undefined),
};

export interface SharedOptions extends WatchOptions {
  /** How often the tab with the stream says that it is there. */
  beatMs?: number;
  /** A tab that hears nothing for longer takes the stream over: the one that had it may be frozen. */
  deafMs?: number;
}

/** Watches together with the other tabs of whoever `who` is, until `signal` aborts. */
export async function watchTogether(
  api: Api,
  who: string,
  handlers: WatchHandlers,
  signal: AbortSignal,
  { beatMs = 10_000, deafMs = 35_000, ...options }: SharedOptions = {},
  { locks, channel: open }: Browser = browser,
): Promise<void> {
  const name = `incident-bot-stream/${who}`;
  const channel = locks && open(name);
  if (!locks || !channel) return watch(api, handlers, signal, options);

  let isLeader = false;
  let state: LiveState = "connecting";
  let deaf: ReturnType<typeof setTimeout> | undefined;
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  signal.addEventListener("abort", stop, { once: true });

  const setState = (next: LiveState) => {
    state = next;
    handlers.onState(next);
  };
  const listen = () => {
    clearTimeout(deaf);
    if (!isLeader && !stopped.signal.aborted) deaf = setTimeout(() => void lead(true), deafMs);
  };
  const end = () => {
    handlers.onSessionEnd();
    stop();
  };

  channel.onmessage = ({ data }) => {
    if (data.kind === "hello") {
      if (isLeader) {
        channel.postMessage({ kind: "state", state } satisfies Message);
        if (state === "live") channel.postMessage({ kind: "open" } satisfies Message);
      }
      return;
    }
    if (isLeader) return;
    listen();
    switch (data.kind) {
      case "state":
        if (data.state !== state) setState(data.state);
        break;
      case "open":
        handlers.onOpen();
        break;
      case "change":
        handlers.onChange(fromBinary(IncidentSchema, data.incident));
        break;
      case "session end":
        end();
        break;
      case "beat":
        break;
    }
  };

  const tell = (told: Told) => channel.postMessage(told);
  const lead = async (steal: boolean): Promise<void> => {
    const leading = new AbortController();
    const stopLeading = () => leading.abort();
    stopped.signal.addEventListener("abort", stopLeading, { once: true });
    try {
      // A lock that is stolen is not waited for, and so cannot be given up by a signal.
      await locks.request(name, steal ? { steal } : { signal: stopped.signal }, async () => {
        if (stopped.signal.aborted) return;
        isLeader = true;
        clearTimeout(deaf);
        const beat = setInterval(() => channel.postMessage({ kind: "beat" } satisfies Message), beatMs);
        try {
          await watch(
            api,
            {
              onState: (next) => {
                setState(next);
                tell({ kind: "state", state: next });
              },
              onOpen: () => {
                handlers.onOpen();
                tell({ kind: "open" });
              },
              onChange: (incident) => {
                handlers.onChange(incident);
                tell({ kind: "change", incident: toBinary(IncidentSchema, incident) });
              },
              onSessionEnd: () => {
                channel.postMessage({ kind: "session end" } satisfies Message);
                end();
              },
            },
            leading.signal,
            options,
          );
        } finally {
          clearInterval(beat);
          isLeader = false;
        }
      });
    } catch {
      // The lock was given up, or another tab took it: that one tells what comes.
      leading.abort();
      isLeader = false;
      if (!stopped.signal.aborted) {
        listen();
        void lead(false);
      }
    } finally {
      stopped.signal.removeEventListener("abort", stopLeading);
    }
  };

  setState("connecting");
  listen();
  channel.postMessage({ kind: "hello" } satisfies Message);
  void lead(false);
  await new Promise<void>((resolve) => {
    if (stopped.signal.aborted) resolve();
    else stopped.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  clearTimeout(deaf);
  signal.removeEventListener("abort", stop);
  channel.onmessage = null;
  channel.close();
}
