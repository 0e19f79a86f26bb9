import { createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeServer } from "../../../fake/server";
import { createApi } from "../../api/api";
import { watchTogether, type Browser, type Channel, type Locks } from "./shared-stream";

/** Locks and channels of one browser, as far as they are needed. */
class FakeBrowser implements Browser {
  private channels = new Set<Channel & { name: string }>();
  private holders = new Map<string, { waiting: (() => void)[]; steal?: () => void }>();

  readonly locks: Locks = {
    request: async (name, { signal, steal }, holding) => {
      const held = this.holders.get(name);
      if (held && !steal) {
        await new Promise<void>((resolve, reject) => {
          held.waiting.push(resolve);
          signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        });
      }
      const waiting = this.holders.get(name)?.waiting ?? [];
      held?.steal?.();
      const mine: { waiting: (() => void)[]; steal?: () => void } = { waiting };
      const stolen = new Promise<never>((_, reject) => {
        mine.steal = () => reject(new DOMException("stolen", "AbortError"));
      });
      this.holders.set(name, mine);
      try {
        await Promise.race([holding(), stolen]);
      } finally {
        if (this.holders.get(name) === mine) {
          this.holders.delete(name);
          waiting.shift()?.();
        }
      }
    },
  };

  readonly channel = (name: string): Channel => {
    const own: Channel & { name: string } = {
      name,
      onmessage: null,
      close: () => this.channels.delete(own),
      postMessage: (message) => {
        for (const other of this.channels) {
          if (other === own || other.name !== name) continue;
          const copy: unknown = structuredClone(message);
          queueMicrotask(() =>
            other.onmessage?.({ data: copy } as Parameters<NonNullable<Channel["onmessage"]>>[0]),
          );
        }
      },
    };
    this.channels.add(own);
    return own;
  };
}

let server: FakeServer;
let browser: FakeBrowser;
let tabs: Tab[];

interface Tab {
  log: string[];
  close: () => void;
}

beforeEach(() => {
  server = new FakeServer();
  browser = new FakeBrowser();
  tabs = [];
});
afterEach(() => {
  for (const tab of tabs) tab.close();
});

function open(who = "ada", options: { beatMs?: number; deafMs?: number } = {}): Tab {
  const api = createApi(createRouterTransport(server.routes));
  const closing = new AbortController();
  const log: string[] = [];
  void watchTogether(
    api,
    who,
    {
      onState: (state) => log.push(state),
      onOpen: () => log.push("open"),
      onChange: ({ title }) => log.push(title),
      onSessionEnd: () => log.push("session end"),
    },
    closing.signal,
    { minWaitMs: 1, maxWaitMs: 4, ...options },
    browser,
  );
  const tab = { log, close: () => closing.abort() };
  tabs.push(tab);
  return tab;
}

const live = (tab: Tab) => vi.waitFor(() => expect(tab.log).toContain("open"));

test("twelve tabs have one stream, and all hear what comes", async () => {
  const all = Array.from({ length: 12 }, () => open());
  await Promise.all(all.map(live));
  expect(server.streams).toBe(1);
  server.add({ description: "new" });
  await Promise.all(all.map(({ log }) => vi.waitFor(() => expect(log.at(-1)).toBe("new"))));
});

test("when the tab with the stream is closed, another opens one, and all ask for what they may have missed", async () => {
  const [first, second, third] = [open(), open(), open()];
  await Promise.all([first, second, third].map(live));
  for (const { log } of [second, third]) log.length = 0;
  first.close();
  await Promise.all([second, third].map(live));
  expect(server.streams).toBe(1);
  server.add({ description: "after" });
  for (const { log } of [second, third]) await vi.waitFor(() => expect(log.at(-1)).toBe("after"));
});

test("a break is shown in every tab, and its end too", async () => {
  const [one, two] = [open(), open()];
  await Promise.all([one, two].map(live));
  two.log.length = 0;
  server.dropStreams();
  await vi.waitFor(() => expect(two.log).toEqual(["down", "live", "open"]));
});

test("a session that ends does so in every tab", async () => {
  const [one, two] = [open(), open()];
  await Promise.all([one, two].map(live));
  server.session = null;
  server.dropStreams();
  for (const { log } of [one, two]) await vi.waitFor(() => expect(log.at(-1)).toBe("session end"));
});

test("somebody else has a stream of their own", async () => {
  await Promise.all([open("ada"), open("bob")].map(live));
  expect(server.streams).toBe(2);
});

test("a tab that hears nothing takes the stream over", async () => {
  const frozen = browser.locks.request("incident-bot-stream/ada", {}, () => new Promise(() => undefined));
  frozen.catch(() => undefined);
  const tab = open("ada", { deafMs: 30 });
  await live(tab);
  expect(server.streams).toBe(1);
});

test("without locks each tab watches by itself", async () => {
  const api = createApi(createRouterTransport(server.routes));
  const closing = new AbortController();
  const log: string[] = [];
  const handlers = {
    onState: (state: string) => log.push(state),
    onOpen: () => log.push("open"),
    onChange: () => undefined,
    onSessionEnd: () => undefined,
  };
  const bare: Browser = { locks: undefined, channel: () => undefined };
  void watchTogether(api, "ada", handlers, closing.signal, {}, bare);
  await vi.waitFor(() => expect(log).toEqual(["connecting", "live", "open"]));
  closing.abort();
});
