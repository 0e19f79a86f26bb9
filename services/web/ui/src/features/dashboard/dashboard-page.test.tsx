import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { renderConsole } from "../../testing/render-console";

const counts = async () => {
  const tiles = within(await screen.findByRole("list", { name: "Open incidents by severity" }));
  return tiles.getAllByRole("link").map((tile) => tile.textContent);
};

test("counts what is open by severity, and keeps counting", async () => {
  const server = new FakeServer();
  server.add({ description: "a", severity: "sev1", minutesAgo: 3 });
  server.add({ description: "b", severity: "sev3", minutesAgo: 2 });
  server.add({ description: "c", severity: "sev3", minutesAgo: 1 });
  server.add({ description: "d", severity: "sev1", resolvedAfterMinutes: 1 });
  renderConsole("/", server);
  await waitFor(async () => expect(await counts()).toEqual(["🟥 SEV11", "🟧 SEV20", "🟨 SEV32", "🟦 SEV40"]));
  await waitFor(() => expect(server.streams).toBe(1));

  server.add({ description: "e", severity: "sev2" });
  await waitFor(async () => expect((await counts())[1]).toBe("🟧 SEV21"));
});

test("shows the newest with the time that they have been open", async () => {
  const server = new FakeServer();
  server.add({ description: "old", minutesAgo: 72.5 });
  server.add({ description: "new", minutesAgo: 4.5 });
  renderConsole("/", server);
  const open = within(await screen.findByRole("list", { name: "Open incidents, newest first" }));
  expect(open.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    expect.stringMatching(/new.*open 4 min$/),
    expect.stringMatching(/old.*open 1 h 12 min$/),
  ]);
});
