import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import type { DeclareIncidentRequest } from "../../gen/incident_bot/v1/incidents_pb";
import { renderConsole } from "../../testing/render-console";

type User = ReturnType<typeof renderConsole>["user"];

async function openForm(user: User) {
  await user.click(await screen.findByRole("button", { name: "Declare incident" }));
  const dialog = await screen.findByRole("dialog", { name: "Declare an incident" });
  await within(dialog).findByRole("radio", { name: /SEV4/ });
  return within(dialog);
}

const wishes = (server: FakeServer) =>
  server.calls
    .filter(({ method }) => method === "declare")
    .map(({ request }) => request as DeclareIncidentRequest);

test("declares what was typed and leads to the incident", async () => {
  const { user, server, where } = renderConsole("/incidents");
  const form = await openForm(user);
  expect(form.getByRole("radio", { name: /SEV4/ })).toBeChecked();
  await user.type(form.getByLabelText(/Description/), "Payments fail{Enter}Since 13:55");
  await user.click(form.getByRole("radio", { name: /SEV1/ }));
  await user.click(form.getByRole("switch", { name: /^Private incident/ }));
  await user.click(form.getByRole("button", { name: "Declare" }));

  expect(await screen.findByRole("heading", { level: 1, name: "Payments fail" })).toBeVisible();
  expect(wishes(server)).toMatchObject([
    { description: "Payments fail\nSince 13:55", severity: "sev1", private: true },
  ]);
  expect(where()).toBe(`/incidents/${server.incidents[0]?.id ?? ""}`);
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
});

test("says whom a severity pages before it is declared, and that a private one pages nobody", async () => {
  const server = new FakeServer();
  server.onCall.calledBySeverity = [{ severity: "sev1", teams: ["Platform (dave)"] }];
  const { user } = renderConsole("/", server);
  const form = await openForm(user);
  expect(form.getByText(/Pages Platform \(dave\)\.$/)).toBeVisible();
  await user.click(form.getByRole("switch", { name: /^Private incident/ }));
  expect(form.queryByText(/Pages Platform/)).not.toBeInTheDocument();
});

test.each([
  [true, /The digest channel says that there is one, and nothing of it/],
  [false, /It stays out of the digest channel/],
])("says what the digest channel shows of a private incident (%s)", async (shown, words) => {
  const server = new FakeServer();
  server.privateInDigest = shown;
  const { user } = renderConsole("/", server);
  const form = await openForm(user);
  expect(form.getByText(words)).toBeVisible();
});

test("a repeated press cannot declare twice, even after an answer that got lost", async () => {
  const { user, server } = renderConsole("/");
  const form = await openForm(user);
  await user.type(form.getByLabelText(/Description/), "Payments fail");
  server.failNext("declare", new ConnectError("gone", Code.Unavailable));
  await user.click(form.getByRole("button", { name: "Declare" }));
  expect(await form.findByRole("alert")).toHaveTextContent("it won’t be declared twice");
  await user.dblClick(form.getByRole("button", { name: "Declare" }));

  await screen.findByRole("heading", { level: 1, name: "Payments fail" });
  const ids = wishes(server).map(({ requestId }) => requestId);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids).size).toBe(1);
  expect(server.incidents).toHaveLength(1);
});

test("the next incident is a new wish", async () => {
  const { user, server } = renderConsole("/");
  for (const text of ["first", "second"]) {
    const form = await openForm(user);
    expect(form.getByLabelText(/Description/)).toHaveValue("");
    await user.type(form.getByLabelText(/Description/), text);
    await user.click(form.getByRole("button", { name: "Declare" }));
    await screen.findByRole("heading", { level: 1, name: text });
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  }
  expect(new Set(wishes(server).map(({ requestId }) => requestId)).size).toBe(2);
});

test.each([
  ["description: 4000 characters are too many", /Description/, "4000 characters are too many."],
  [
    "severity: The severity “sev4” no longer exists; choose another.",
    undefined,
    "The severity “sev4” no longer exists",
  ],
])("a refusal stands at its field: %s", async (message, label, shown) => {
  const { user, server } = renderConsole("/");
  const form = await openForm(user);
  await user.type(form.getByLabelText(/Description/), "Payments fail");
  server.failNext("declare", new ConnectError(message, Code.InvalidArgument));
  await user.click(form.getByRole("button", { name: "Declare" }));

  expect(await form.findByText(shown, { exact: false })).toBeVisible();
  expect(form.queryByRole("alert")).not.toBeInTheDocument();
  if (label) {
    expect(form.getByLabelText(label)).toBeInvalid();
    expect(form.getByLabelText(label)).toHaveFocus();
    await user.type(form.getByLabelText(label), "!");
    expect(form.queryByText(shown)).not.toBeInTheDocument();
  }
});

test("asks for a description and counts its characters as the server does", async () => {
  const { user, server } = renderConsole("/");
  const form = await openForm(user);
  await user.type(form.getByLabelText(/Description/), "  ");
  await user.click(form.getByRole("button", { name: "Declare" }));
  expect(form.getByText("Describe what is happening in a few words.")).toBeVisible();

  await user.clear(form.getByLabelText(/Description/));
  await user.click(form.getByLabelText(/Description/));
  await user.paste("🟥".repeat(3000));
  expect(form.getByText("3,000 of 3,000 characters")).toBeVisible();
  await user.paste("🟥");
  await user.click(form.getByRole("button", { name: "Declare" }));
  expect(form.getByText("This is 1 character too long.")).toBeVisible();
  expect(wishes(server)).toHaveLength(0);
});

test("the key c opens the form, Escape closes it and keeps what was typed", async () => {
  const { user } = renderConsole("/incidents");
  await screen.findByRole("button", { name: "Declare incident" });
  await user.keyboard("c");
  const description = await screen.findByLabelText(/Description/);
  await waitFor(() => expect(description).toHaveFocus());
  await user.type(description, "cc");
  expect(description).toHaveValue("cc");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  await user.keyboard("c");
  expect(await screen.findByLabelText(/Description/)).toHaveValue("cc");
});

test("the key c is a letter while a filter is being typed", async () => {
  const { user } = renderConsole("/incidents");
  await user.type(await screen.findByLabelText("Search titles and descriptions"), "c");
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("a viewer is not offered what the server would refuse", async () => {
  const server = new FakeServer();
  if (server.session) server.session.role = UserRole.VIEWER;
  const { user } = renderConsole("/", server);
  expect(await screen.findByRole("heading", { name: "Dashboard" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Declare incident" })).not.toBeInTheDocument();
  await user.keyboard("c");
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
});

test("what was typed survives a reload, with its id, and not a sign-out", async () => {
  const first = renderConsole("/");
  const form = await openForm(first.user);
  await first.user.type(form.getByLabelText(/Description/), "Payments fail");
  first.server.failNext("declare", new ConnectError("gone", Code.Unavailable));
  await first.user.click(form.getByRole("button", { name: "Declare" }));
  await form.findByRole("alert");
  const [sent] = wishes(first.server);
  first.unmount();

  const again = renderConsole("/");
  const kept = await openForm(again.user);
  expect(kept.getByLabelText(/Description/)).toHaveValue("Payments fail");
  await again.user.click(kept.getByRole("button", { name: "Declare" }));
  await screen.findByRole("heading", { level: 1, name: "Payments fail" });
  expect(wishes(again.server)[0]?.requestId).toBe(sent?.requestId);
});

test("the new incident has the focus afterwards", async () => {
  const { user } = renderConsole("/");
  const form = await openForm(user);
  await user.type(form.getByLabelText(/Description/), "Payments fail");
  await user.click(form.getByRole("button", { name: "Declare" }));
  const title = await screen.findByRole("heading", { level: 1, name: "Payments fail" });
  await waitFor(() => expect(title).toHaveFocus());
});

test("the key c can be switched off", async () => {
  const { user } = renderConsole("/incidents");
  await user.click(await screen.findByRole("button", { name: /^Account of/ }));
  await user.click(await screen.findByRole("switch", { name: "Press C to declare an incident" }));
  await user.keyboard("{Escape}");
  await user.keyboard("c");
  expect(screen.queryByRole("dialog", { name: "Declare an incident" })).not.toBeInTheDocument();
});

test("an id that stands for something else is not used again", async () => {
  const { user, server } = renderConsole("/");
  const form = await openForm(user);
  await user.type(form.getByLabelText(/Description/), "Payments fail");
  server.failNext("declare", new ConnectError("It was carried out already.", Code.AlreadyExists));
  await user.click(form.getByRole("button", { name: "Declare" }));
  expect(await form.findByRole("alert")).toHaveTextContent("It was carried out already.");
  await user.click(form.getByRole("button", { name: "Declare" }));
  await screen.findByRole("heading", { level: 1, name: "Payments fail" });
  expect(new Set(wishes(server).map(({ requestId }) => requestId)).size).toBe(2);
});
