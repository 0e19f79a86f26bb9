import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { renderConsole } from "../../testing/render-console";

test("pinned messages are shown with their images, which are fetched when they come into view", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.pin(id, { author: "alice", text: "It is\n <b>the deploy</b>", by: "bob" });
  server.pin(id, { author: "carol", images: ["graph.png"] });
  renderConsole(`/incidents/${id}`, server);
  const pins = within(await screen.findByRole("region", { name: "Pinned messages" }));
  expect(pins.getByText(/the deploy/).textContent).toBe("It is\n <b>the deploy</b>");
  const image = pins.getByRole("img", { name: "“graph.png” of carol" });
  expect(image).toHaveAttribute("loading", "lazy");
  expect(image).toHaveAttribute("src", `/api/v1/incidents/${id}/pins/C1/2/graph.png`);
  fireEvent.error(image);
  expect(pins.getByText("graph.png could not be loaded")).toBeVisible();
});

test("an address that is none of ours is not asked", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.pin(id, { author: "alice", images: ["graph.png"] });
  const image = server.pins.get(id)?.[0]?.images[0];
  if (image) image.path = "//elsewhere.example/graph.png";
  renderConsole(`/incidents/${id}`, server);
  const pins = within(await screen.findByRole("region", { name: "Pinned messages" }));
  expect(pins.queryByRole("img")).not.toBeInTheDocument();
});

test("of many the first are shown, and nothing stands where there are none", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  for (let n = 1; n <= 7; n += 1) server.pin(id, { author: "alice", text: `Number ${String(n)}` });
  const other = server.add({ description: "Search is slow" });
  const { user, unmount } = renderConsole(`/incidents/${id}`, server);
  const pins = within(await screen.findByRole("list", { name: "Pinned messages" }));
  expect(pins.getAllByRole("listitem")).toHaveLength(5);
  await user.click(screen.getByRole("button", { name: "Show all 7" }));
  expect(pins.getAllByRole("listitem")).toHaveLength(7);
  unmount();

  renderConsole(`/incidents/${other.id}`, server);
  await screen.findByRole("list", { name: "Timeline" });
  await waitFor(() => expect(server.calls.filter(({ method }) => method === "pins")).toHaveLength(2));
  expect(screen.queryByText("Pinned messages")).not.toBeInTheDocument();
});
