import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { act, screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import { CheckState } from "../../gen/incident_bot/v1/checks_pb";
import { renderConsole } from "../../testing/render-console";

afterEach(() => {
  vi.useRealTimers();
});

const WRONG_TOKEN = {
  name: "pagerduty",
  state: CheckState.FAILED,
  detail: "it rejected the credentials (401)",
  effect: "Teams cannot be paged.",
};

const worker = async () => within(await screen.findByRole("list", { name: "Worker, worker-1" }));

test("what fails comes first, with what to do and what people miss", async () => {
  const server = new FakeServer();
  const off = "off (STATUSPAGE_INTEGRATION_ENABLED): nothing can be published";
  server.checks.set("worker", { name: "bot token", state: CheckState.OK });
  server.checks.set("worker", { name: "statuspage", state: CheckState.WARNING, detail: off });
  server.checks.set("worker", WRONG_TOKEN);
  renderConsole("/checks", server);
  const [first, second, third] = (await worker()).getAllByRole("listitem");
  expect(first).toHaveTextContent(
    "PagerdutyIt rejected the credentials (401).Until it’s fixed: Teams cannot be paged.Failed",
  );
  expect(second).toHaveTextContent(`StatuspageOff${off.slice(3)}.Warning`);
  expect(third).toHaveTextContent("Bot tokenOK");
  expect(screen.getByText("1 failed.")).toBeVisible();
  const region = within(screen.getByRole("region", { name: "Worker, worker-1" }));
  expect(region.getByText(/Queues: slack, pagerduty/)).toHaveTextContent(/^Checked 2 min ago/);
  expect(screen.getByRole("list", { name: "Web" })).toBeVisible();
  expect(screen.getByRole("list", { name: "Gateway, gateway-1" })).toBeVisible();
});

test("what nobody does, and who was not heard of again, is said", async () => {
  const server = new FakeServer();
  const detail = "No worker reports that it serves the queue pagerduty: teams cannot be paged.";
  server.checks.missing = [{ name: "pagerduty", state: CheckState.FAILED, detail }];
  for (const one of server.checks.services) one.overdue = one.service === "worker";
  renderConsole("/checks", server);
  expect(await screen.findByText(detail)).toBeVisible();
  const region = within(screen.getByRole("region", { name: "Worker, worker-1" }));
  expect(region.getByText(/it hangs or was stopped/)).toBeVisible();
});

test("what was mended is seen after checking again", async () => {
  const server = new FakeServer();
  server.checks.set("worker", WRONG_TOKEN);
  const { user } = renderConsole("/checks", server);
  expect(await (await worker()).findByText("Failed")).toBeVisible();
  server.failNext("requestChecks", new ConnectError("gone", Code.Unavailable));
  await user.click(screen.getByRole("button", { name: "Check again" }));
  expect(await screen.findByRole("alert")).toBeVisible();
  server.checks.set("worker", { name: "pagerduty", state: CheckState.OK });
  await user.click(screen.getByRole("button", { name: "Check again" }));
  expect(await screen.findByText("All OK.")).toBeVisible();
  expect((await worker()).queryByText("Failed")).not.toBeInTheDocument();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("who does not answer is named, until it does", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const server = new FakeServer();
  server.checks.answers = false;
  const { user } = renderConsole("/checks", server);
  await user.click(await screen.findByRole("button", { name: "Check again" }));
  expect(await screen.findByText("Checking …")).toBeVisible();
  await act(() => vi.advanceTimersByTimeAsync(46_000));
  expect(await screen.findByText(/^No answer yet from Gateway, gateway-1; Worker, worker-1\./)).toBeVisible();
  expect(screen.queryByText("Checking …")).not.toBeInTheDocument();
  for (const one of server.checks.services) one.checkedAt = timestampFromMs(Date.now());
  await act(() => vi.advanceTimersByTimeAsync(11_000));
  await waitFor(() => expect(screen.queryByText(/^No answer yet/)).not.toBeInTheDocument());
});

test("only admins find it", async () => {
  const server = new FakeServer();
  if (server.session) server.session.role = UserRole.RESPONDER;
  renderConsole("/checks", server);
  expect(await screen.findByText("Only admins can see the checks.")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Checks" })).not.toBeInTheDocument();
  expect(server.calls.filter(({ method }) => method === "getChecks")).toHaveLength(0);
});
