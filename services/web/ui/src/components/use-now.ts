import { useSyncExternalStore } from "react";

const STEP_MS = 10_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, STEP_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function snapshot(): number {
  // Nobody ticks while nobody listens: the first reader brings the time up to date, once for its whole render.
  if (timer === undefined && Date.now() - now > 1_000) now = Date.now();
  return now;
}

/** The time in milliseconds, anew every ten seconds; one timer for all ages on the page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, snapshot);
}
