import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import type { SetSeverityRequest, SetStatusRequest } from "../../gen/incident_bot/v1/incidents_pb";
import { renderConsole } from "../../testing/render-console";

type User = ReturnType<typeof renderConsole>["user"];

async function choose(user: User, menu: RegExp, choice: RegExp) {
  await user.click(await screen.findByRole("button", { name: menu }));
  await user.click(await screen.findByRole("menuitemradio", { name: choice }));
}

test("the severity is changed, and what is pending shows until it is", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", severity: "sev3" });
  let goOn = () => {
    /* set below */
  };
  server.failNext("setSeverity", new Promise<void>((resolve) => (goOn = resolve)));
  const { user } = renderConsole(`/incidents/${id}`, server);
  await choose(user, /^Severity: SEV3$/, /SEV1/);
  expect(await screen.findByRole("button", { name: "Severity: SEV1…" })).toHaveAttribute("aria-busy", "true");
  expect(server.incidents[0]?.severity?.key).toBe("sev3");
  goOn();
  expect(await screen.findByRole("button", { name: /^Severity: SEV1$/ })).toBeVisible();
  expect(await screen.findByText(/changed the severity to SEV1/)).toHaveTextContent("🟥 Admin changed");
});

test("whom a severity calls is said before it is chosen", async () => {
  const server = new FakeServer();
  server.onCall.severityPages = [{ severity: "sev1", teams: ["Payments", "Search"] }];
  const { id } = server.add({ description: "Payments fail", severity: "sev3" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await user.click(await screen.findByRole("button", { name: /^Severity/ }));
  const worst = await screen.findByRole("menuitemradio", { name: /SEV1/ });
  expect(worst).toHaveTextContent("Pages Payments, Search");
  expect(screen.getByRole("menuitemradio", { name: /SEV2/ })).not.toHaveTextContent("Pages");
});

test("the keyboard is enough to change it", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", severity: "sev3" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  (await screen.findByRole("button", { name: /^Severity/ })).focus();
  await user.keyboard("{Enter}");
  await screen.findByRole("menuitemradio", { name: /SEV2/ });
  await user.keyboard("{ArrowDown}{Enter}");
  await waitFor(() => expect(server.incidents[0]?.severity?.key).not.toBe("sev3"));
});

test("a change that could not be confirmed is the same wish when it is made again", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", severity: "sev3" });
  server.failNext("setSeverity", new ConnectError("gone", Code.Unavailable));
  const { user } = renderConsole(`/incidents/${id}`, server);
  await choose(user, /^Severity/, /SEV1/);
  expect(await screen.findByRole("alert")).toHaveTextContent("We couldn’t confirm your change.");
  await choose(user, /^Severity/, /SEV1/);
  expect(await screen.findByRole("button", { name: /^Severity: SEV1$/ })).toBeVisible();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  const ids = server.calls
    .filter(({ method }) => method === "setSeverity")
    .map(({ request }) => (request as SetSeverityRequest).requestId);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

test.each([true, false])(
  "resolving a private incident says what its digest post does (%s)",
  async (shown) => {
    const server = new FakeServer();
    server.privateInDigest = shown;
    const { id } = server.add({ description: "Breach", private: true });
    const { user } = renderConsole(`/incidents/${id}`, server);
    await choose(user, /^Status: Investigating$/, /Resolved/);
    const dialog = within(await screen.findByRole("dialog", { name: "Resolve this incident" }));
    await dialog.findByText("Reminders stop.");
    expect(dialog.queryAllByText(/The post in the digest channel/)).toHaveLength(shown ? 1 : 0);
  },
);

test("resolving asks who is missing and says what follows", async () => {
  const server = new FakeServer();
  if (server.session) server.session.slackUserId = "U1";
  const { id } = server.add({
    description: "Payments fail",
    channel: true,
    roles: { technical_lead: "U2" },
  });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await choose(user, /^Status: Investigating$/, /Resolved/);
  const dialog = within(await screen.findByRole("dialog", { name: "Resolve this incident" }));
  expect(dialog.getByText(/The post in the digest channel shows it as resolved/)).toBeVisible();
  expect(dialog.getByText(/A post-incident channel is created/)).toBeVisible();
  expect(dialog.queryByRole("combobox", { name: "Technical lead" })).not.toBeInTheDocument();
  await waitFor(() =>
    expect(dialog.getByRole("combobox", { name: "Incident commander" })).toHaveValue("alice"),
  );

  // Somebody gives a role up meanwhile: the dialog asks for it too.
  await waitFor(() => expect(server.streams).toBe(1));
  server.giveRole(id, "technical_lead", undefined, "bob");
  expect(await dialog.findByRole("combobox", { name: "Technical lead" })).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Resolve" }));

  expect(await screen.findByRole("button", { name: /^Status: Resolved after/ })).toBeVisible();
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  const request = server.calls.find(({ method }) => method === "setStatus")?.request as SetStatusRequest;
  expect(request.roles.map(({ role, slackUserId }) => [role, slackUserId])).toEqual([
    ["incident_commander", "U1"],
    ["technical_lead", "U1"],
  ]);
});

test("nobody is filled in for whom Slack is not known, and the form says so", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", roles: { technical_lead: "U2" } });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await user.click(await screen.findByRole("button", { name: "Resolve" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Resolve" }));
  expect(dialog.getByText("Choose who has or had this role.")).toBeVisible();
  expect(server.calls.filter(({ method }) => method === "setStatus")).toHaveLength(0);

  await user.type(dialog.getByRole("combobox", { name: "Incident commander" }), "ali");
  await user.click(await screen.findByRole("option", { name: /alice/ }));
  await user.click(dialog.getByRole("button", { name: "Resolve" }));
  expect(await screen.findByRole("button", { name: "Reopen" })).toBeVisible();
});

test("a resolved incident is opened again after a question", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", minutesAgo: 30, resolvedAfterMinutes: 12 });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await user.click(await screen.findByRole("button", { name: "Reopen" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Reopen this incident" }));
  await user.click(dialog.getByRole("button", { name: "Reopen" }));
  expect(await screen.findByRole("button", { name: "Status: Investigating" })).toBeVisible();
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
});

test("when it came into which status is told", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail", minutesAgo: 20 });
  server.setStatus(id, "identified", [], "bob");
  renderConsole(`/incidents/${id}`, server);
  const details = within(await screen.findByRole("region", { name: "Details" }));
  expect(await details.findByText("after 20 min")).toBeVisible();
});
