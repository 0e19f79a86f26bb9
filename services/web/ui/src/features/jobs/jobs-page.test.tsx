import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { TimelineEntryKind } from "../../gen/incident_bot/v1/timeline_pb";
import { renderConsole } from "../../testing/render-console";

const retries = (server: FakeServer) =>
  server.calls
    .filter(({ method }) => method === "retryJob")
    .map(({ request }) => request as { id: string; requestId: string });

test("what was given up is told with its incident, and tried again once", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.jobs.giveUp({
    what: "create channel",
    reason: "Slack refused it.",
    incident: { id, title: "Payments fail" },
  });
  const { user } = renderConsole("/jobs", server);
  const list = within(await screen.findByRole("list", { name: "Failed jobs" }));
  expect(list.getByText("Create channel")).toBeVisible();
  expect(list.getByText("Slack refused it.")).toBeVisible();
  expect(list.getByRole("link", { name: "Payments fail" })).toHaveAttribute("href", `/incidents/${id}`);
  server.failNext("retryJob", new ConnectError("gone", Code.Unavailable));
  await user.click(list.getByRole("button", { name: /^Retry/ }));
  expect(await list.findByRole("alert")).toHaveTextContent("it won’t be applied twice");
  await user.click(list.getByRole("button", { name: /^Retry/ }));
  expect(await screen.findByText("No failed jobs.")).toBeVisible();
  expect(new Set(retries(server).map(({ requestId }) => requestId)).size).toBe(1);
});

test("of a private incident only that there is a job is told, and more is loaded on demand", async () => {
  const server = new FakeServer();
  const { id } = server.addSealed({ description: "Salaries leaked" });
  server.jobs.giveUp({ what: "draw panel", incident: { id, title: "", sealed: true }, retry: false });
  for (let n = 1; n <= 30; n += 1) server.jobs.giveUp({ what: `job ${String(n)}`, reason: "It failed." });
  const { user } = renderConsole("/jobs", server);
  const list = within(await screen.findByRole("list", { name: "Failed jobs" }));
  expect(list.getAllByRole("listitem")).toHaveLength(25);
  await user.click(screen.getByRole("button", { name: "Load more" }));
  await waitFor(() => expect(list.getAllByRole("listitem")).toHaveLength(31));
  const last = list.getAllByRole("listitem").at(-1);
  if (!last) throw new Error("no job");
  expect(within(last).getByRole("link", { name: "Private incident" })).toBeVisible();
  expect(within(last).queryByRole("button")).not.toBeInTheDocument();
});

test("queues, plans and broken feeds are shown", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.jobs.overview = {
    queues: [{ queue: "slack", due: 2n, later: 1n, running: 3n }],
    planned: [
      {
        what: "update reminder",
        at: { seconds: BigInt(Math.floor(Date.now() / 1000) + 600) },
        incident: { id, title: "Payments fail" },
      },
    ],
    providers: [
      { name: "GitHub", url: "https://www.githubstatus.com", fetchedAt: { seconds: 1n } },
      {
        name: "AWS",
        url: "https://health.aws.amazon.com",
        failingSince: { seconds: 1n },
        error: "No answer.",
      },
    ],
  };
  renderConsole("/jobs", server);
  const queues = within(await screen.findByRole("table", { name: "Queues" }));
  expect(queues.getByRole("row", { name: /^slack/ })).toHaveTextContent("slack231–");
  const planned = within(screen.getByRole("list", { name: "Scheduled" }));
  expect(planned.getByText("Update reminder")).toBeVisible();
  expect(planned.getByText(/^in (9|10) min/)).toBeVisible();
  expect(screen.getByText("The status of AWS cannot be read")).toBeVisible();
  expect(screen.getByText("No answer.")).toBeVisible();
  expect(within(screen.getByRole("list", { name: "Status of providers" })).getByText(/GitHub/)).toBeVisible();
});

test("what failed in an incident is tried again from its timeline", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.note(id, TimelineEntryKind.PROBLEM, "The channel could not be created.");
  server.note(id, TimelineEntryKind.PROBLEM, "Something else failed long ago.");
  const problem = server.timeline.get(id)?.[1];
  if (problem) problem.retry = true;
  const { user } = renderConsole(`/incidents/${id}`, server);
  await user.click(await screen.findByRole("button", { name: "Retry" }));
  expect(await screen.findByText(/retried/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Retry" })).not.toBeInTheDocument();
});

test("it is not said that all is done while much waits, and every page says why", async () => {
  const server = new FakeServer();
  const since = timestampFromMs(Date.parse("2026-11-23T10:29:00Z"));
  server.jobs.stalled = [{ queue: "slack", name: "Slack", since, waiting: 285n, tried: true }];
  server.add({ description: "Payments fail" });
  const { user } = renderConsole("/jobs", server);
  expect(await screen.findByText("No failed jobs. Some are still waiting, see above.")).toBeVisible();
  expect(
    await screen.findByText(/has not accepted changes since 11:29\. 285 jobs are waiting\./),
  ).toBeVisible();
  await user.click(screen.getByRole("link", { name: "Incidents" }));
  await user.click(await screen.findByRole("link", { name: "Payments fail" }));
  expect(
    await screen.findByText(/Run the incident here: its channel is created when Slack accepts changes again/),
  ).toBeVisible();
  expect(screen.queryByText("Slack channel is being created…")).not.toBeInTheDocument();
});
