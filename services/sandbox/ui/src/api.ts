/** Talking to the sandbox, and hearing that something changed in it. */

import { useCallback, useEffect, useRef, useState } from "react";
import type { Answer, Option, Spot, Submission } from "./types";

export class Refused extends Error {}

export async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`/sandbox/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === "" ? {} : JSON.parse(text);
  if (!response.ok) {
    const error = (answer as { error?: string }).error;
    throw new Refused(error ?? `the sandbox answered ${response.status}`);
  }
  return answer;
}

/** Everything that a person can do. */
export function actor(who: string) {
  const act = (name: string, fields: object = {}) =>
    send("POST", `people/${who}/act`, { act: name, ...fields });
  return {
    say: (channel: string, text: string, thread_ts: string | null) =>
      act("say", { channel, text, thread_ts }),
    share: async (channel: string, file: File) => {
      const path = `people/${who}/channels/${channel}/files/${encodeURIComponent(file.name)}`;
      const response = await fetch(`/sandbox/${path}`, { method: "POST", body: file });
      if (!response.ok) {
        throw new Refused(`${file.name} could not be shared`);
      }
    },
    react: (channel: string, ts: string, name: string, remove: boolean) =>
      act("react", { channel, ts, name, remove }),
    join: (channel: string) => act("join", { channel }),
    leave: (channel: string) => act("leave", { channel }),
    edit: (channel: string, ts: string, text: string) => act("edit", { channel, ts, text }),
    remove: (channel: string, ts: string) => act("delete", { channel, ts }),
    rename: (channel: string, name: string) => act("rename", { channel, name }),
    deleteChannel: (channel: string) => act("delete_channel", { channel }),
    disconnect: (channel: string, team: string) => act("disconnect", { channel, team }),
    kick: (channel: string, user: string) => act("kick", { channel, user }),
    archive: (channel: string, undo: boolean) => act("archive", { channel, undo }),
    invite: (channel: string, user: string) => act("invite", { channel, user }),
    shortcut: (callback_id: string) => act("shortcut", { callback_id }) as Promise<Answer>,
    slash: (command: string, text: string, channel: string) =>
      act("slash", { command, text, channel }) as Promise<Answer>,
    use: (at: Spot, which: string, value: unknown) =>
      act("use", { at, which, value }) as Promise<Answer>,
    suggest: async (at: Spot, which: string, query: string) =>
      ((await act("suggest", { at, which, query })) as { options: Option[] }).options,
    submit: (view: string, values: Record<string, unknown>) =>
      act("submit", { view, values }) as Promise<Submission>,
    close: (view: string) => act("close", { view }),
    openHome: () => act("open_home"),
    dismiss: (ts: string) => act("dismiss", { ts }),
  };
}

export type Actor = ReturnType<typeof actor>;

/**
 * Counts the changes in the sandbox; `lost` while it cannot be reached. A tab that nobody sees counts when it is seen again.
 */
export function useLive(): { version: number; lost: boolean } {
  const [version, setVersion] = useState(0);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    let socket: WebSocket | undefined;
    let timer: number | undefined;
    let again: number | undefined;
    let missed = false;
    let over = false;
    const count = () => {
      if (document.hidden) {
        missed = true;
        return;
      }
      // Many changes at once are looked at once.
      timer ??= window.setTimeout(() => {
        timer = undefined;
        setVersion((before) => before + 1);
      }, 50);
    };
    const connect = () => {
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      socket = new WebSocket(`${scheme}://${window.location.host}/sandbox/live`);
      socket.onmessage = count;
      socket.onopen = () => setLost(false);
      socket.onclose = () => {
        if (!over) {
          setLost(true);
          again = window.setTimeout(connect, 1000);
        }
      };
    };
    const seen = () => {
      if (!document.hidden && missed) {
        missed = false;
        count();
      }
    };
    connect();
    document.addEventListener("visibilitychange", seen);
    return () => {
      over = true;
      window.clearTimeout(timer);
      window.clearTimeout(again);
      document.removeEventListener("visibilitychange", seen);
      socket?.close();
    };
  }, []);
  return { version, lost };
}

/** What an address of the sandbox answers, asked again with every version. */
// Whoever asks knows what the address answers.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function useAnswer<T>(path: string | null, version: number): T | null {
  const [answer, setAnswer] = useState<{ path: string; text: string; value: T } | null>(null);
  useEffect(() => {
    if (path === null) {
      return undefined;
    }
    const stop = new AbortController();
    const ask = async () => {
      const response = await fetch(`/sandbox/${path}`, { signal: stop.signal });
      if (!response.ok) {
        return;
      }
      const text = await response.text();
      setAnswer((before) =>
        before?.text === text && before.path === path
          ? before
          : { path, text, value: JSON.parse(text) as T },
      );
    };
    ask().catch(() => undefined);
    return () => stop.abort();
  }, [path, version]);
  return answer !== null && answer.path === path ? answer.value : null;
}

/** Words as one sentence. */
export function sentence(words: string): string {
  const whole = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

/** Short sentences that come up and go away. */
export function useToasts() {
  const [toasts, setToasts] = useState<{ id: number; text: string }[]>([]);
  const last = useRef(0);
  const toast = useCallback((text: string) => {
    last.current += 1;
    const id = last.current;
    setToasts((all) => [...all, { id, text }]);
    window.setTimeout(() => setToasts((all) => all.filter((one) => one.id !== id)), 6000);
  }, []);
  return { toasts, toast };
}
