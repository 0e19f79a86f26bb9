import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { TimelineEntryKind } from "../../gen/incident_bot/v1/timeline_pb";
import { renderConsole } from "../../testing/render-console";

test("shows the description as it was typed, and mentions as Slack shows them", async () => {
  const server = new FakeServer();
  const description = `Payments <!channel> fail for "EU"\n\n  <b>since</b> 13:55 🟥 الدفع`;
  const { id } = server.add({ description, severity: "sev2", private: true });
  renderConsole(`/incidents/${id}`, server);
  const text = within(await screen.findByRole("region", { name: "Description" }));
  const shown = await text.findByText(/since/);
  expect(shown.textContent).toBe(description.replace("<!channel>", "@channel"));
  expect(shown).toHaveAttribute("dir", "auto");
  expect(screen.getByText("SEV2")).toBeVisible();
  expect(screen.getByText("Investigating")).toBeVisible();
  expect(screen.getByText("Private")).toBeVisible();
});

test("says when it was declared, as an age and in the company's zone", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", by: "alice", minutesAgo: 72.5 });
  renderConsole(`/incidents/${id}`, server);
  const details = within(await screen.findByRole("region", { name: "Details" }));
  expect(await details.findByText(/ CES?T$/)).toBeVisible();
  expect(details.getByText("alice")).toBeVisible();
  expect(details.getByText("1 h ago")).toBeVisible();
  expect(details.getByText("1 h 12 min")).toBeVisible();
});

test("the channel and its timeline entry appear when they are there", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  renderConsole(`/incidents/${id}`, server);
  expect(await screen.findByText("Slack channel is being created…")).toBeVisible();
  await waitFor(() => expect(server.streams).toBe(1));

  server.createChannel(id);
  expect(await screen.findByRole("link", { name: "Open in Slack" })).toHaveAttribute(
    "href",
    "https://slack.example/archives/C1",
  );
  const entries = within(await screen.findByRole("list", { name: "Timeline" }));
  await waitFor(() =>
    expect(entries.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      expect.stringContaining("alice declared the incident as SEV4."),
      expect.stringContaining("was created."),
    ]),
  );
});

test("a channel that could not be created is not waited for", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.note(id, TimelineEntryKind.PROBLEM, "The channel could not be created: reinstall the Slack app.");
  renderConsole(`/incidents/${id}`, server);
  expect(
    await screen.findByText("There is no Slack channel yet. See the timeline for the reason."),
  ).toBeVisible();
  expect(screen.getByText(/reinstall the Slack app/)).toHaveTextContent(/^Problem: /);
});

test("an address of Slack's is opened only if it is one of the web", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", channel: true });
  server.change(id, {
    channel: {
      $typeName: "incident_bot.v1.SlackChannel",
      id: "C1",
      name: "x",
      url: "javascript:alert(1)",
      closed: "",
    },
  });
  renderConsole(`/incidents/${id}`, server);
  const open = (await screen.findByText("Open in Slack")).closest("a");
  expect(open).not.toHaveAttribute("href");
});

test("a channel that is closed says why, and one that was deleted opens nothing", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", channel: true });
  const closed = (name: string, url: string, why: string) =>
    ({ $typeName: "incident_bot.v1.SlackChannel", id: name, name, url, closed: why }) as const;
  server.change(id, {
    channel: closed("inc-1", "https://slack.example/archives/C1", "archived"),
    rcaChannel: closed("inc-1-rca", "", "deleted"),
  });
  renderConsole(`/incidents/${id}`, server);
  expect(await screen.findByText("#inc-1 (archived)")).toBeVisible();
  expect(screen.getByText("#inc-1-rca (deleted)")).toBeVisible();
  expect(screen.getByText("Open in Slack")).toBeVisible();
  expect(screen.queryByText("Open the post-incident channel")).toBeNull();
});

test("one that does not exist, or must not be seen, is not found", async () => {
  renderConsole("/incidents/018f0000-0000-7000-8000-00000000dead");
  expect(await screen.findByRole("heading", { name: "There is no such incident" })).toBeVisible();
});
