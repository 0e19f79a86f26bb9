import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeServer } from "../../../fake/server";
import { createApi } from "../../api/api";
import { watch } from "./watch";

let server: FakeServer;
let stop: AbortController;
let log: string[];

beforeEach(() => {
  server = new FakeServer();
  stop = new AbortController();
  log = [];
});
afterEach(() => stop.abort());

function start(options: { silenceMs?: number } = {}) {
  const api = createApi(createRouterTransport(server.routes));
  const handlers = {
    onState: (state: string) => log.push(state),
    onOpen: () => log.push("open"),
    onChange: ({ title }: { title: string }) => log.push(title),
    onSessionEnd: () => log.push("session end"),
  };
  return watch(api, handlers, stop.signal, { minWaitMs: 1, maxWaitMs: 4, ...options });
}

const logged = (expected: string[]) => vi.waitFor(() => expect(log).toEqual(expected));

test("tells that it is open before any change", async () => {
  void start();
  await logged(["connecting", "live", "open"]);
  server.add({ description: "new" });
  await logged(["connecting", "live", "open", "new"]);
});

test("opens again after a break, so that what was missed is asked for", async () => {
  void start();
  await logged(["connecting", "live", "open"]);
  server.dropStreams();
  await logged(["connecting", "live", "open", "down", "live", "open"]);
});

test("a stream that is cut without a word is noticed", async () => {
  void start({ silenceMs: 50 });
  await logged(["connecting", "live", "open", "down", "live", "open"]);
});

test("a stream on which nothing changes stands as long as the server says so", async () => {
  const beat = setInterval(() => server.beat(), 10);
  void start({ silenceMs: 500 });
  await logged(["connecting", "live", "open"]);
  for (let n = 0; n < 8; n += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  clearInterval(beat);
  expect(log).toEqual(["connecting", "live", "open"]);
});

test("tries until the server is there", async () => {
  for (let n = 0; n < 5; n += 1) server.failNext("watch", new ConnectError("away", Code.Unavailable));
  void start();
  await vi.waitFor(() => expect(log.slice(-2)).toEqual(["live", "open"]));
  expect(log.filter((state) => state === "down")).toHaveLength(5);
});

test("stops when the session has ended", async () => {
  server.session = null;
  await start();
  expect(log).toEqual(["connecting", "session end"]);
});

test("stops when it is told to, without a word", async () => {
  const done = start();
  await logged(["connecting", "live", "open"]);
  stop.abort();
  await done;
  expect(log).toEqual(["connecting", "live", "open"]);
  await vi.waitFor(() => expect(server.streams).toBe(0));
});
