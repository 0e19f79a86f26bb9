import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import type { SendUpdateRequest } from "../../gen/incident_bot/v1/incidents_pb";
import { renderConsole } from "../../testing/render-console";

type User = ReturnType<typeof renderConsole>["user"];

async function openForm(user: User) {
  await user.click(await screen.findByRole("button", { name: "Send update" }));
  return within(await screen.findByRole("dialog", { name: "Send an update" }));
}

const toTheList = (user: User) =>
  user.click(
    within(screen.getByRole("navigation", { name: "Areas" })).getByRole("link", { name: "Incidents" }),
  );

const wishes = (server: FakeServer) =>
  server.calls
    .filter(({ method }) => method === "sendUpdate")
    .map(({ request }) => request as SendUpdateRequest);

test("an update is sent once, however often it is pressed, and is shown", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const form = await openForm(user);
  await user.type(form.getByLabelText(/Affected/), "checkout");
  await user.type(form.getByLabelText(/^Message/), "Rolling back");
  server.failNext("sendUpdate", new ConnectError("gone", Code.Unavailable));
  await user.click(form.getByRole("button", { name: "Send" }));
  expect(await form.findByRole("alert")).toHaveTextContent("it won’t be sent twice");
  await user.click(form.getByRole("button", { name: "Send" }));

  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  const last = within(await screen.findByRole("region", { name: "Last update" }));
  expect(last.getByText("Rolling back")).toBeVisible();
  expect(wishes(server)).toMatchObject([{ resources: "checkout", message: "Rolling back" }, {}]);
  expect(new Set(wishes(server).map(({ requestId }) => requestId)).size).toBe(1);
  // The next one is another wish.
  expect((await openForm(user)).getByLabelText(/^Message/)).toHaveValue("");
});

test("what is wrong is said at the field", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const form = await openForm(user);
  await user.click(form.getByRole("button", { name: "Send" }));
  expect(form.getByText("Describe the current state.")).toBeVisible();
  expect(form.getByLabelText(/^Message/)).toHaveFocus();
  expect(wishes(server)).toHaveLength(0);

  await user.type(form.getByLabelText(/^Message/), "x");
  server.failNext("sendUpdate", new ConnectError("resources: That is too long.", Code.InvalidArgument));
  await user.click(form.getByRole("button", { name: "Send" }));
  expect(await form.findByText("That is too long.")).toBeVisible();
  expect(form.getByLabelText(/Affected/)).toBeInvalid();
});

test("Escape keeps what was typed, and it is no other incident's", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  server.add({ description: "Search is slow" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const form = await openForm(user);
  await user.type(form.getByLabelText(/^Message/), "half a sent");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  await toTheList(user);
  await user.click(await screen.findByRole("link", { name: "Search is slow" }));
  await screen.findByRole("heading", { level: 1, name: "Search is slow" });
  const other = await openForm(user);
  expect(other.getByLabelText(/^Message/)).toHaveValue("");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  await toTheList(user);
  await user.click(await screen.findByRole("link", { name: "Payments fail" }));
  await screen.findByRole("heading", { level: 1, name: "Payments fail" });
  expect((await openForm(user)).getByLabelText(/^Message/)).toHaveValue("half a sent");
});
