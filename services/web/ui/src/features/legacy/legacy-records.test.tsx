import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { renderConsole } from "../../testing/render-console";

test("what incident-bot 0.8.2 kept is shown in words, after the pinned messages", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.pin(id, { author: "alice", text: "It is the deploy", by: "bob" });
  server.keepLegacy(id, {
    title: "Pinned message",
    who: "Hana Adams",
    at: timestampFromMs(Date.UTC(2026, 0, 11, 1, 26, 33)),
    text: "See <b>the log</b>",
    fields: [{ label: "Time", value: "soon" }],
    file: { name: "app.log", path: `/api/v1/incidents/${id}/legacy/12`, bytes: 1234n },
    reason: "The console can't show its file.",
  });
  renderConsole(`/incidents/${id}`, server);
  const section = await screen.findByRole("region", { name: "Kept from incident-bot 0.8.2" });
  const pins = await screen.findByRole("region", { name: "Pinned messages" });
  expect(pins.compareDocumentPosition(section) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  const records = within(section);
  expect(records.getByText(/Pinned message by/)).toHaveTextContent("Pinned message by Hana Adams");
  expect(records.getByText(/Sun 11 Jan 2026|Sun, 11 Jan 2026/)).toHaveAttribute(
    "datetime",
    "2026-01-11T01:26:33.000Z",
  );
  expect(records.getByText("See <b>the log</b>")).toBeVisible();
  expect(records.getByText("Time").nextElementSibling).toHaveTextContent("soon");
  const file = records.getByRole("link", { name: "Download app.log (1.2 kB)" });
  expect(file).toHaveAttribute("href", `/api/v1/incidents/${id}/legacy/12`);
  expect(file).toHaveAttribute("download", "app.log");
  expect(records.getByText("The console can't show its file.")).toBeVisible();
});

test("a file at an address that is none of ours is not linked", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const file = { name: "app.log", path: "//elsewhere.example/12", bytes: 1n };
  server.keepLegacy(id, { title: "Pinned message", file });
  renderConsole(`/incidents/${id}`, server);
  const records = within(await screen.findByRole("list", { name: "Kept from incident-bot 0.8.2" }));
  expect(records.getByText("Pinned message")).toBeVisible();
  expect(records.queryByRole("link")).not.toBeInTheDocument();
});

test("of many the first are shown, and nothing stands where there are none", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  for (let n = 1; n <= 7; n += 1)
    server.keepLegacy(id, { title: "Pinned message", text: `Number ${String(n)}` });
  const other = server.add({ description: "Search is slow" });
  const { user, unmount } = renderConsole(`/incidents/${id}`, server);
  const records = within(await screen.findByRole("list", { name: "Kept from incident-bot 0.8.2" }));
  expect(records.getAllByRole("listitem")).toHaveLength(5);
  await user.click(screen.getByRole("button", { name: "Show all 7" }));
  expect(records.getAllByRole("listitem")).toHaveLength(7);
  unmount();

  renderConsole(`/incidents/${other.id}`, server);
  await screen.findByRole("list", { name: "Timeline" });
  await waitFor(() =>
    expect(server.calls.filter(({ method }) => method === "legacyRecords")).toHaveLength(2),
  );
  expect(screen.queryByText("Kept from incident-bot 0.8.2")).not.toBeInTheDocument();
});

test("what belongs to no incident is shown to admins, among the settings", async () => {
  const server = new FakeServer();
  const file = { name: "app.log", path: "/api/v1/legacy/12", bytes: 6n };
  server.keepLegacy("", { title: "Pinned message in inc-9", file });
  renderConsole("/settings", server);
  const records = within(await screen.findByRole("list", { name: "Kept from incident-bot 0.8.2" }));
  expect(records.getByText("Pinned message in inc-9")).toBeVisible();
  expect(records.getByRole("link")).toHaveAttribute("href", "/api/v1/legacy/12");
});

test("records that could not be loaded are loaded again", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.keepLegacy(id, { title: "Timeline", fields: [{ label: "Entry 2", value: "x" }] });
  server.failNext("legacyRecords", new ConnectError("down", Code.Internal));
  const { user } = renderConsole(`/incidents/${id}`, server);
  await screen.findByText("The records of incident-bot 0.8.2 could not be loaded");
  await user.click(screen.getByRole("button", { name: /again|retry/i }));
  expect(await screen.findByText("Entry 2")).toBeVisible();
});
