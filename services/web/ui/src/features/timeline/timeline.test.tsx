import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { TimelineEntryKind } from "../../gen/incident_bot/v1/timeline_pb";
import { renderConsole } from "../../testing/render-console";

test("entries stand below the day that they are of in the company's zone", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.timeline.clear();
  // In Madrid the second one is of the next day already.
  server.note(id, TimelineEntryKind.DECLARED, "declared it.", Date.UTC(2026, 9, 19, 20, 0), "alice");
  server.note(id, TimelineEntryKind.NOTED, "noted: it is\nworse", Date.UTC(2026, 9, 19, 23, 30), "bob");
  server.note(id, TimelineEntryKind.PINNED, "pinned it.", Date.UTC(2026, 9, 19, 23, 40), "bob");
  renderConsole(`/incidents/${id}`, server);
  const timeline = within(await screen.findByRole("list", { name: "Timeline" }));
  expect(timeline.getAllByRole("heading").map((heading) => heading.textContent)).toEqual([
    "Monday, 19 Oct 2026",
    "Tuesday, 20 Oct 2026",
  ]);
  const [first, second, third] = timeline.getAllByRole("listitem");
  expect(first).toHaveTextContent("alice declared it.22:00");
  expect(second).toHaveTextContent("bob noted: it is worse01:30");
  expect(third).not.toHaveTextContent("Tuesday");
});

test("a kind that is newer than the page is shown", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const newer = JSON.parse("99") as TimelineEntryKind;
  server.note(id, newer, "teleported.");
  renderConsole(`/incidents/${id}`, server);
  expect(await screen.findByText("teleported.")).toBeVisible();
});
