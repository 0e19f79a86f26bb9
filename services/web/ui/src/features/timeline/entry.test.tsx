import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import type { AddTimelineEntryRequest } from "../../gen/incident_bot/v1/incidents_pb";
import { renderConsole } from "../../testing/render-console";

type User = ReturnType<typeof renderConsole>["user"];

async function openForm(user: User) {
  await user.click(await screen.findByRole("button", { name: "Add an entry" }));
  return within(await screen.findByRole("dialog", { name: "Add an entry" }));
}

const added = (server: FakeServer) =>
  server.calls
    .filter(({ method }) => method === "addEntry")
    .map(({ request }) => request as AddTimelineEntryRequest);

const closed = () => waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());

test("an entry is added once, however often it is pressed, and is shown", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const form = await openForm(user);
  // jsdom has no picker to type into.
  fireEvent.change(form.getByLabelText(/^Date/), { target: { value: "2026-10-19" } });
  fireEvent.change(form.getByLabelText(/^Time/), { target: { value: "14:02" } });
  expect(form.getByText(/Madrid time/)).toBeVisible();
  await user.type(form.getByLabelText(/^What happened/), "The deploy went out");
  server.failNext("addEntry", new ConnectError("gone", Code.Unavailable));
  await user.click(form.getByRole("button", { name: "Add" }));
  expect(await form.findByRole("alert")).toHaveTextContent("it won’t be saved twice");
  await user.click(form.getByRole("button", { name: "Add" }));
  await closed();
  const timeline = within(screen.getByRole("list", { name: "Timeline" }));
  expect(await timeline.findByText(/noted: The deploy went out/)).toBeVisible();
  expect(added(server)[0]).toMatchObject({ date: "2026-10-19", time: "14:02", text: "The deploy went out" });
  expect(new Set(added(server).map(({ requestId }) => requestId)).size).toBe(1);
});

test("what is wrong is said at the field, and Escape keeps what was typed", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  let form = await openForm(user);
  await user.click(form.getByRole("button", { name: "Add" }));
  expect(form.getByText("Say what happened.")).toBeVisible();
  expect(form.getByLabelText(/^What happened/)).toHaveFocus();
  expect(added(server)).toHaveLength(0);

  await user.type(form.getByLabelText(/^What happened/), "Half a sent");
  await user.keyboard("{Escape}");
  await closed();
  form = await openForm(user);
  expect(form.getByLabelText(/^What happened/)).toHaveValue("Half a sent");
  server.failNext("addEntry", new ConnectError("time: That time is in the future.", Code.InvalidArgument));
  await user.click(form.getByRole("button", { name: "Add" }));
  expect(await form.findByText("That time is in the future.")).toBeVisible();
  expect(form.getByLabelText(/^Time/)).toBeInvalid();
});

test("one's own entry is changed and deleted, others' are not", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const form = await openForm(user);
  await user.type(form.getByLabelText(/^What happened/), "It is the deploy");
  await user.click(form.getByRole("button", { name: "Add" }));
  await closed();
  const menus = await screen.findAllByRole("button", { name: /^Change the entry/ });
  expect(menus, "the declaration is nobody's to change").toHaveLength(1);

  await user.click(screen.getByRole("button", { name: "Change the entry “It is the deploy”" }));
  await user.click(await screen.findByRole("menuitem", { name: "Edit …" }));
  const edit = within(await screen.findByRole("dialog", { name: "Edit the entry" }));
  const text = edit.getByLabelText(/^What happened/);
  expect(text).toHaveValue("It is the deploy");
  await user.clear(text);
  await user.type(text, "It is the database");
  await user.click(edit.getByRole("button", { name: "Save" }));
  await closed();
  expect(await screen.findByText(/noted: It is the database/)).toBeVisible();
  expect(screen.getByText("· edited")).toBeVisible();

  await user.click(screen.getByRole("button", { name: /^Change the entry/ }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete …" }));
  const question = within(await screen.findByRole("dialog", { name: "Delete the entry" }));
  await user.click(question.getByRole("button", { name: "Delete" }));
  await closed();
  await waitFor(() => expect(screen.queryByText(/the database/)).not.toBeInTheDocument());
});

test("a viewer is offered nothing", async () => {
  const server = new FakeServer();
  if (server.session) server.session.role = UserRole.VIEWER;
  const { id } = server.add({ description: "Payments fail" });
  renderConsole(`/incidents/${id}`, server);
  expect(await screen.findByRole("list", { name: "Timeline" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Add an entry" })).not.toBeInTheDocument();
});
