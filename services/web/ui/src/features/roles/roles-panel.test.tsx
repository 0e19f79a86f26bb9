import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import { renderConsole } from "../../testing/render-console";

function serverWithMe(slackUserId = "U1") {
  const server = new FakeServer();
  if (server.session) server.session.slackUserId = slackUserId;
  return server;
}

const panel = async () => within(await screen.findByRole("region", { name: "Roles" }));

test("a role is claimed, taken over and given up", async () => {
  const server = serverWithMe();
  const { id } = server.add({ description: "Payments fail", roles: { technical_lead: "U2" } });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const roles = await panel();
  expect(roles.getByText("bob")).toBeVisible();
  await user.click(roles.getByRole("button", { name: "Claim Incident commander" }));
  expect(await roles.findByText("alice")).toBeVisible();
  // What was pressed is gone; the keyboard goes on at what stands there now.
  await waitFor(() => expect(roles.getByRole("button", { name: "Change Incident commander" })).toHaveFocus());

  await user.click(roles.getByRole("button", { name: "Change Technical lead" }));
  await user.click(await screen.findByRole("menuitem", { name: "Take over…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Take over Technical lead" }));
  expect(dialog.getByText(/bob is currently Technical lead/)).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Take over" }));
  await waitFor(() => expect(roles.getAllByText("alice")).toHaveLength(2));

  await user.click(roles.getByRole("button", { name: "Change Incident commander" }));
  await user.click(await screen.findByRole("menuitem", { name: "Step down" }));
  expect(await roles.findByRole("button", { name: "Claim Incident commander" })).toBeVisible();
});

test("a role is given to somebody who is looked for", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const roles = await panel();
  // Nobody knows who the admin is in Slack.
  expect(roles.queryByRole("button", { name: /^Claim/ })).not.toBeInTheDocument();
  await user.click(roles.getByRole("button", { name: "Assign Technical lead" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Assign Technical lead" }));
  await user.click(dialog.getByRole("button", { name: "Assign" }));
  expect(dialog.getByText("Choose somebody.")).toBeVisible();

  await user.type(dialog.getByRole("combobox", { name: "Person" }), "car");
  await user.click(await screen.findByRole("option", { name: /carol/ }));
  await user.click(dialog.getByRole("button", { name: "Assign" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(await roles.findByText("carol")).toBeVisible();
});

test("a refusal is said at the role", async () => {
  const server = serverWithMe();
  const { id } = server.add({ description: "Payments fail" });
  server.failNext(
    "assignRole",
    new ConnectError("role: The role “x” no longer exists.", Code.InvalidArgument),
  );
  const { user } = renderConsole(`/incidents/${id}`, server);
  const roles = await panel();
  await user.click(roles.getByRole("button", { name: "Claim Incident commander" }));
  expect(await roles.findByRole("alert")).toHaveTextContent("The role “x” no longer exists.");
});

test("what somebody does in Slack shows without reloading", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  renderConsole(`/incidents/${id}`, server);
  const roles = await panel();
  await waitFor(() => expect(server.streams).toBe(1));
  server.giveRole(id, "incident_commander", "U2", "alice");
  expect(await roles.findByText("bob")).toBeVisible();
  expect(await screen.findByText(/made bob Incident commander/)).toBeVisible();
});

test("a viewer sees who does what, and no buttons", async () => {
  const server = serverWithMe();
  if (server.session) server.session.role = UserRole.VIEWER;
  const { id } = server.add({ description: "Payments fail", roles: { technical_lead: "U2" } });
  renderConsole(`/incidents/${id}`, server);
  const roles = await panel();
  expect(roles.getByText("bob")).toBeVisible();
  expect(roles.queryByRole("button")).not.toBeInTheDocument();
  expect(screen.queryByRole("button", { name: /^Severity/ })).not.toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Send update" })).not.toBeInTheDocument();
});
