import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import { renderConsole } from "../../testing/render-console";

function withTeams(): FakeServer {
  const server = new FakeServer();
  server.onCall.add("Payments", ["erin"], ["frank", "grace"]);
  server.onCall.add("Search", []);
  return server;
}

const teams = async () => within(await screen.findByRole("list", { name: "Teams" }));

test("who is on call is told by team, in order", async () => {
  renderConsole("/on-call", withTeams());
  const list = await teams();
  expect(list.getByRole("link", { name: "Payments" })).toHaveAttribute(
    "href",
    expect.stringContaining("/P1"),
  );
  const levels = within(list.getByRole("list", { name: "On call for Payments" })).getAllByRole("listitem");
  expect(levels[0]).toHaveTextContent(/^Firsterin until .*\d\d:\d\d$/);
  expect(levels[1]).toHaveTextContent(/^After 30 minfrank until .*grace until /);
  expect(
    within(list.getByRole("list", { name: "On call for Search" })).getByText("Nobody now"),
  ).toBeVisible();
  expect(screen.getByText("5 min ago")).toBeVisible();
  expect(screen.getByRole("link", { name: "On call" })).toHaveAttribute("aria-current", "page");
});

test("a team is found by a word, and the address keeps it", async () => {
  const { user, where } = renderConsole("/on-call", withTeams());
  await teams();
  await user.type(screen.getByRole("searchbox", { name: "Team or person" }), "grace");
  await waitFor(() => expect(screen.queryByText("Search")).not.toBeInTheDocument());
  expect(screen.getByRole("link", { name: "Payments" })).toBeVisible();
  expect(where()).toBe("/on-call?q=grace");
  await user.clear(screen.getByRole("searchbox"));
  await user.type(screen.getByRole("searchbox"), "nothing of the kind");
  expect(await screen.findByText("No team or person on call matches")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Show all" }));
  expect(await screen.findByRole("heading", { name: "Search" })).toBeVisible();
});

test("more is loaded on demand", async () => {
  const server = withTeams();
  for (let n = 1; n <= 58; n += 1) server.onCall.add(`Team ${String(n)}`, ["heidi"]);
  const { user } = renderConsole("/on-call", server);
  await teams();
  expect(screen.getAllByRole("heading", { level: 2 })).toHaveLength(25);
  await user.click(screen.getByRole("button", { name: "Load more" }));
  await user.click(await screen.findByRole("button", { name: "Load more" }));
  await waitFor(() => expect(screen.getAllByRole("heading", { level: 2 })).toHaveLength(60));
});

test("an old copy says so until it was read again", async () => {
  const server = withTeams();
  server.onCall.notice = "This is old: it is what PagerDuty said on 2026-11-23 at 14:02.";
  const { user } = renderConsole("/on-call", server);
  expect(await screen.findByText(/^This is old/)).toBeVisible();
  server.failNext("refreshOnCall", new ConnectError("gone", Code.Unavailable));
  await user.click(screen.getByRole("button", { name: "Refresh" }));
  expect(await screen.findByText(/couldn’t confirm your change/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Refresh" }));
  await waitFor(() => expect(screen.queryByText(/^This is old/)).not.toBeInTheDocument());
  expect(await screen.findByText("just now")).toBeVisible();
});

test("while PagerDuty is read, that is said", async () => {
  const server = withTeams();
  server.onCall.reads = false;
  const { user } = renderConsole("/on-call", server);
  await teams();
  await user.click(screen.getByRole("button", { name: "Refresh" }));
  expect(await screen.findByText("Syncing with PagerDuty…")).toBeVisible();
});

test("switched off, empty, and for those who only look", async () => {
  const server = new FakeServer();
  if (server.session) server.session.role = UserRole.VIEWER;
  const first = renderConsole("/on-call", server);
  expect(await screen.findByText(/has no teams/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Refresh" })).not.toBeInTheDocument();
  first.unmount();
  server.onCall.enabled = false;
  renderConsole("/on-call", server);
  expect(await screen.findByRole("heading", { name: "PagerDuty is not enabled" })).toBeVisible();
});
