import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { renderConsole } from "../../testing/render-console";

type User = ReturnType<typeof renderConsole>["user"];

const gets = (server: FakeServer) =>
  server.calls
    .filter(({ method }) => method === "get")
    .map(({ request }) => (request as { openPrivate: boolean }).openPrivate);

async function open(user: User) {
  await user.click(await screen.findByRole("button", { name: "Open it …" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Open a private incident" }));
  expect(dialog.getByText(/audit log records/)).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Open it" }));
}

test("a sealed incident is listed without its text, and opened only after a question", async () => {
  const server = new FakeServer();
  server.addSealed({ description: "Salaries leaked", severity: "sev2" });
  const { user } = renderConsole("/incidents", server);
  const link = await screen.findByRole("link", { name: "Private incident" });
  expect(screen.queryByText(/Salaries/)).not.toBeInTheDocument();
  await user.click(link);
  expect(await screen.findByText(/Only its members can see what this is about/)).toBeVisible();
  expect(screen.queryByRole("list", { name: "Timeline" })).not.toBeInTheDocument();

  await user.click(await screen.findByRole("button", { name: "Open it …" }));
  await user.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(gets(server)).not.toContain(true);

  await open(user);
  expect(await screen.findByRole("heading", { level: 1, name: "Salaries leaked" })).toBeVisible();
  expect(screen.getByText("You opened this as an admin")).toBeVisible();
  expect(screen.getByRole("list", { name: "Timeline" })).toBeVisible();
  for (const name of ["Send update", "Resolve", "Add an entry", "Assign Technical lead"]) {
    expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  }
});

test("what is opened stays open while it changes, until it is closed again", async () => {
  const server = new FakeServer();
  const { id } = server.addSealed({ description: "Salaries leaked" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await open(user);
  await screen.findByRole("heading", { level: 1, name: "Salaries leaked" });
  await waitFor(() => expect(server.streams).toBe(1));
  server.change(id, { title: "Salaries leaked again" });
  expect(await screen.findByRole("heading", { level: 1, name: "Salaries leaked again" })).toBeVisible();

  await user.click(screen.getByRole("button", { name: "Close it again" }));
  expect(await screen.findByRole("button", { name: "Open it …" })).toBeVisible();
  expect(screen.queryByText(/Salaries/)).not.toBeInTheDocument();
});

test("it is said when it cannot be opened", async () => {
  const server = new FakeServer();
  const { id } = server.addSealed({ description: "Salaries leaked" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await screen.findByRole("button", { name: "Open it …" });
  server.failNext("get", new ConnectError("gone", Code.Unavailable));
  await open(user);
  expect(await screen.findByRole("alert")).toHaveTextContent("The server cannot be reached right now.");
  expect(screen.queryByText(/leaked/)).not.toBeInTheDocument();
});
