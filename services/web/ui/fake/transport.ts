// Stands in for src/api/transport.ts in `npm run dev:fake`; never part of a build.
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createRouterTransport, type Interceptor, type Transport } from "@connectrpc/connect";
import { CheckState } from "../src/gen/incident_bot/v1/checks_pb";
import { TimelineEntryKind } from "../src/gen/incident_bot/v1/timeline_pb";
import { FakeServer, type Seed } from "./server";

const SEEDS: Seed[] = [
  {
    description:
      "Payments fail for EU customers\nCard payments return 502 since the deploy at 13:55.\n\nSuspect: the new routing table. Rolling back.",
    severity: "sev1",
    status: "identified",
    minutesAgo: 72,
    channel: true,
    roles: { incident_commander: "U2" },
    update: "Cause found: the new routing table. Rolling back, done in ten minutes.",
  },
  { description: "Search is slow", severity: "sev3", minutesAgo: 8, by: "bob", channel: true },
  {
    description: "Данные в отчётах отстают на час",
    severity: "sev3",
    minutesAgo: 190,
    by: "Мария",
    channel: true,
  },
  {
    description: "الدفع لا يعمل منذ ساعة\nالخطأ يظهر عند إدخال البطاقة",
    severity: "sev2",
    minutesAgo: 260,
    by: "ليلى",
    channel: true,
  },
  {
    description: "Laptop with customer data lost",
    severity: "sev2",
    minutesAgo: 2000,
    private: true,
    channel: true,
  },
  {
    description:
      "A very long first line that goes on and on about everything that may be wrong with the ingest of events from the oldest SDK",
    severity: "sev4",
    minutesAgo: 2,
    by: "christopher-alexander.longname",
  },
];

function seeded(): FakeServer {
  const server = new FakeServer();
  server.channelAfterMs = 1_500;
  for (const seed of SEEDS) server.add(seed);
  for (let n = 1; n <= 140; n += 1) {
    server.add({
      description: `Queue of e-mails is stuck, number ${String(n)}`,
      severity: `sev${String(1 + (n % 4))}`,
      minutesAgo: 3000 + n * 700,
      resolvedAfterMinutes: 20 + ((n * 37) % 400),
      by: ["alice", "bob", "carol"][n % 3] ?? "alice",
      channel: true,
    });
  }
  server.addSealed({ description: "Somebody's salary was seen", severity: "sev2", minutesAgo: 30 });
  const pinned = server.incidents[0];
  if (pinned) {
    server.pin(pinned.id, { author: "alice", text: "It began with the deploy of 13:55.\nGraph below." });
    server.pin(pinned.id, { author: "bob", images: ["graph.png", "errors.png"], by: "alice" });
    server.keepLegacy(pinned.id, {
      title: "Pinned message",
      who: "Hana Adams",
      at: timestampFromMs(Date.now() - 3_600_000),
      text: "Here is the drawing.",
      file: { name: "network.svg", path: `/api/v1/incidents/${pinned.id}/legacy/1`, bytes: 48_213n },
      reason: "Kept here because its file is no image that the console can show.",
    });
    server.keepLegacy(pinned.id, {
      title: "The incident when it was imported",
      fields: [{ label: "Customer", value: "Example Bank" }],
    });
  }
  server.keepLegacy("", {
    title: "Setting quiet_hours",
    fields: [{ label: "Value", value: "22:00, 06:00" }],
  });
  server.jobs.giveUp({
    what: "create channel",
    reason: "The settings of this Slack workspace don't allow it. Ask a Slack admin.",
    ...(pinned && { incident: { id: pinned.id, title: pinned.title } }),
  });
  server.checks.set("worker", {
    name: "pagerduty",
    state: CheckState.FAILED,
    detail: "PagerDuty rejected the credentials (401). Have the API token and its permissions checked.",
    effect: "Teams cannot be paged.",
  });
  server.onCall.add("Payments", ["erin"], ["frank", "grace"]);
  server.onCall.add("Platform, nights and weekends", [], ["heidi"]);
  for (let n = 1; n <= 58; n += 1) server.onCall.add(`Team ${String(n)}`, [`person ${String(n)}`]);
  if (pinned) {
    server.onCall.page(pinned.id, "Payments", "alice", { message: "Cards are refused", late: true });
    server.onCall.page(pinned.id, "Platform", "", {});
    server.onCall.acknowledge(pinned.id, "erin");
  }
  const problem = server.incidents[1];
  if (problem) {
    server.note(
      problem.id,
      TimelineEntryKind.PROBLEM,
      "The digest post could not be sent: the bot is not a member of #incidents. Invite it there, then press Retry.",
    );
  }
  return server;
}

const server = seeded();
// For the browser's own console: `fake.add({ description: "…" })`, `fake.dropStreams()`, `fake.session = null`.
Object.assign(window, { fake: server });
if (new URLSearchParams(window.location.search).has("empty")) server.incidents = [];
if (new URLSearchParams(window.location.search).has("signed-out")) server.session = null;

export function createTransport(interceptors: Interceptor[]): Transport {
  const delay: Interceptor = (next) => async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 250));
    return next(request);
  };
  return createRouterTransport(server.routes, { transport: { interceptors: [...interceptors, delay] } });
}
