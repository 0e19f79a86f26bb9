import { lazyRouteComponent } from "@tanstack/react-router";
import type { ComponentType } from "react";

/** The page was loaded anew for this at that time; not again right away. */
const RELOADED_KEY = "incident-bot-reloaded-at";
const RELOAD_AGAIN_MS = 60_000;
const MAX_WAIT_MS = 5_000;

export interface LazyOptions {
  /** Whether the server answers. */
  isServerThere: () => Promise<boolean>;
  reload: () => void;
  minWaitMs: number;
}

const inBrowser: LazyOptions = {
  isServerThere: async () => {
    try {
      return (await fetch("/api/v1/health", { cache: "no-store" })).ok;
    } catch {
      return false;
    }
  },
  reload: () => window.location.reload(),
  minWaitMs: 500,
};

/**
 * Loads the code of a page, and waits for the server where it is away: the page comes by itself when it is back. It is
 * loaded anew only when the server is there and does not have the code any more, because it is a newer release.
 */
export async function loadPatiently<M>(load: () => Promise<M>, options: LazyOptions = inBrowser): Promise<M> {
  let wait = options.minWaitMs;
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (await options.isServerThere()) {
        // It may have come back just now.
        const again = await load().catch(() => undefined);
        if (again) return again;
        if (!mayReload()) throw error;
        options.reload();
        return await new Promise<never>(() => undefined);
      }
      await pause(wait);
      wait = Math.min(MAX_WAIT_MS, wait * 2);
    }
  }
}

function mayReload(): boolean {
  try {
    const last = Number(sessionStorage.getItem(RELOADED_KEY) ?? "0");
    if (Date.now() - last < RELOAD_AGAIN_MS) return false;
    sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
    return true;
  } catch {
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
  });
}

/** A page whose code comes when it is needed. */
export function lazyPage<Name extends string>(
  load: () => Promise<Record<Name, ComponentType>>,
  name: Name,
): ReturnType<typeof lazyRouteComponent<Record<Name, ComponentType>, Name>> {
  return lazyRouteComponent(() => loadPatiently(load), name);
}
