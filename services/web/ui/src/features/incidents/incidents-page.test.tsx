import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { renderConsole } from "../../testing/render-console";

const list = () => screen.findByRole("list", { name: "Incidents" });
const titles = async () =>
  within(await list())
    .getAllByRole("link")
    .map((link) => link.textContent);

test("shows what is open, newest first", async () => {
  const server = new FakeServer();
  server.add({ description: "old", minutesAgo: 90 });
  server.add({ description: "new", minutesAgo: 5 });
  server.add({ description: "done", minutesAgo: 50, resolvedAfterMinutes: 10 });
  renderConsole("/incidents", server);
  expect(await titles()).toEqual(["new", "old"]);
  expect(screen.getByText("2 open incidents")).toBeVisible();
});

test("reads the filters from the address and writes them there", async () => {
  const server = new FakeServer();
  server.add({ description: "mail is stuck", severity: "sev1", resolvedAfterMinutes: 3 });
  server.add({ description: "mail is slow", severity: "sev2" });
  const { user, where } = renderConsole("/incidents?state=all&severity=sev2", server);
  expect(await titles()).toEqual(["mail is slow"]);

  await user.click(screen.getByRole("radio", { name: "Resolved" }));
  expect(await screen.findByText("No incident matches")).toBeVisible();
  expect(where()).toBe("/incidents?state=resolved&severity=sev2");

  await user.click(screen.getByRole("button", { name: "Clear filters" }));
  expect(await titles()).toEqual(["mail is stuck"]);
  await user.type(screen.getByLabelText("Search titles and descriptions"), "stuck");
  await waitFor(() => expect(where()).toBe("/incidents?state=resolved&q=stuck"));
});

test("loads more, page by page, and goes on there", async () => {
  const server = new FakeServer();
  for (let n = 1; n <= 60; n += 1) server.add({ description: `number ${String(n)}`, minutesAgo: n });
  const { user } = renderConsole("/incidents", server);
  expect(await titles()).toHaveLength(50);
  await user.click(screen.getByRole("button", { name: "Load more" }));
  await waitFor(async () => expect(await titles()).toHaveLength(60));
  expect(screen.getByRole("link", { name: "number 51" })).toHaveFocus();
  expect(screen.queryByRole("button", { name: "Load more" })).not.toBeInTheDocument();
});

test("incidents that are declared, changed and resolved elsewhere show without reloading", async () => {
  const server = new FakeServer();
  const first = server.add({ description: "first", minutesAgo: 5 });
  renderConsole("/incidents", server);
  expect(await titles()).toEqual(["first"]);
  await waitFor(() => expect(server.streams).toBe(1));

  const second = server.add({ description: "second", severity: "sev2" });
  await waitFor(async () => expect(await titles()).toEqual(["second", "first"]));
  expect(screen.getByText("New incident, SEV2: second")).toBeInTheDocument();
  expect(screen.getByText("2 open incidents")).toBeVisible();

  server.change(first.id, { title: "first, renamed" });
  await waitFor(async () => expect(await titles()).toEqual(["second", "first, renamed"]));

  server.resolve(second.id);
  await waitFor(async () => expect(await titles()).toEqual(["first, renamed"]));
});

test("what was missed during a break is there after it", async () => {
  const server = new FakeServer();
  server.add({ description: "first", minutesAgo: 5 });
  renderConsole("/incidents", server);
  expect(await titles()).toEqual(["first"]);
  await waitFor(() => expect(server.streams).toBe(1));
  server.dropStreams();
  await waitFor(() => expect(server.streams).toBe(0));
  server.add({ description: "while it was down" });
  await waitFor(async () => expect(await titles()).toEqual(["while it was down", "first"]));
});

test("says when the live connection is down, and no longer once it is back", async () => {
  const server = new FakeServer();
  let goOn = () => {
    /* set below */
  };
  for (let n = 0; n < 3; n += 1) server.failNext("watch", new ConnectError("away", Code.Unavailable));
  server.failNext("watch", new Promise<void>((resolve) => (goOn = resolve)));
  renderConsole("/incidents", server);
  expect(await screen.findByText("Not live")).toBeVisible();
  await waitFor(() => expect(server.calls.filter(({ method }) => method === "watch")).toHaveLength(4));
  goOn();
  await waitFor(() => expect(screen.queryByText("Not live")).not.toBeInTheDocument());
});

test("a failure is explained and can be tried again", async () => {
  const server = new FakeServer();
  server.add({ description: "first" });
  // Once for the page and once more when the stream opens.
  server.failNext("list", new ConnectError("away", Code.Unavailable));
  server.failNext("list", new ConnectError("away", Code.Unavailable));
  const { user } = renderConsole("/incidents", server);
  expect(await screen.findByRole("alert")).toHaveTextContent("The server cannot be reached right now.");
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await titles()).toEqual(["first"]);
});

test("nothing being open is said kindly", async () => {
  renderConsole("/incidents");
  expect(await screen.findByRole("heading", { name: "No open incidents" })).toBeVisible();
});

test("a row says who leads and what everybody was last told", async () => {
  const server = new FakeServer();
  server.add({
    description: "led",
    roles: { incident_commander: "U2" },
    update: "Rolling back",
    minutesAgo: 2,
  });
  server.add({ description: "alone", minutesAgo: 5 });
  server.add({ description: "over", minutesAgo: 50, resolvedAfterMinutes: 10 });
  renderConsole("/incidents?state=all", server);
  const rows = within(await list()).getAllByRole("listitem");
  expect(rows[0]).toHaveTextContent("commander bob · updated just now: “Rolling back”");
  expect(rows[1]).toHaveTextContent("no commander yet");
  expect(rows[2]).not.toHaveTextContent("commander");
});

test("the way back from an incident leads to the list as it was", async () => {
  const server = new FakeServer();
  server.add({ description: "Payments fail", severity: "sev1" });
  const { user, where } = renderConsole("/incidents?state=all&severity=sev1", server);
  await user.click(await screen.findByRole("link", { name: "Payments fail" }));
  await screen.findByRole("heading", { level: 1, name: "Payments fail" });
  await user.click(within(screen.getByRole("main")).getByRole("link", { name: "Incidents" }));
  await screen.findByRole("heading", { name: "Incidents" });
  expect(where()).toBe("/incidents?state=all&severity=sev1");
});
