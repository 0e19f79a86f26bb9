import { Code, ConnectError } from "@connectrpc/connect";
import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import type { PageAnywayRequest, PageTeamRequest } from "../../gen/incident_bot/v1/incidents_pb";
import { PageNotSent, PageState, PageUrgency, ResolvePages } from "../../gen/incident_bot/v1/on_call_pb";
import { renderConsole } from "../../testing/render-console";

function withTeams() {
  const server = new FakeServer();
  server.onCall.add("Payments", ["erin"], ["frank"]);
  server.onCall.add("Search", ["grace"]);
  const { id } = server.add({ description: "Payments fail" });
  return { server, id };
}

type User = ReturnType<typeof renderConsole>["user"];

const paged = (server: FakeServer) =>
  server.calls.filter(({ method }) => method === "pageTeam").map(({ request }) => request as PageTeamRequest);

async function open(user: User) {
  await user.click(await screen.findByRole("button", { name: "Page a team" }));
  return within(await screen.findByRole("dialog", { name: "Page a team" }));
}

async function chooseTeam(user: User, words: string, team: string) {
  await user.type(screen.getByRole("combobox", { name: "Team" }), words);
  await user.click(await screen.findByRole("option", { name: new RegExp(team) }));
}

test("a team is paged after a look at who will be called", async () => {
  const { server, id } = withTeams();
  const { user } = renderConsole(`/incidents/${id}`, server);
  const dialog = await open(user);
  await chooseTeam(user, "erin", "Payments");
  await user.type(dialog.getByLabelText("Message"), "Cards are refused");
  await user.click(dialog.getByRole("button", { name: "Next" }));
  expect(await dialog.findByText("PagerDuty will page erin (Payments).")).toHaveFocus();
  expect(dialog.getByText("Cards are refused")).toBeVisible();
  expect(paged(server)).toHaveLength(0);
  await user.click(dialog.getByRole("button", { name: "Page" }));
  const pages = within(await screen.findByRole("list", { name: "Pages" }));
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(pages.getByText("Payments")).toBeVisible();
  expect(pages.getByText("Being sent to PagerDuty")).toBeVisible();
  expect(pages.getByText(/^Paged by Admin/)).toBeVisible();
  expect(paged(server)[0]).toMatchObject({
    teamId: "P1",
    personId: "",
    urgency: PageUrgency.HIGH,
    message: "Cards are refused",
  });
});

test("one person alone, without waking them, after going back", async () => {
  const { server, id } = withTeams();
  const { user } = renderConsole(`/incidents/${id}`, server);
  const dialog = await open(user);
  await user.click(dialog.getByRole("button", { name: "Next" }));
  expect(dialog.getByText("Choose a team.")).toBeVisible();
  await chooseTeam(user, "pay", "Payments");
  await user.click(dialog.getByRole("button", { name: "Next" }));
  await user.click(await dialog.findByRole("button", { name: "Back" }));
  await user.selectOptions(dialog.getByRole("combobox", { name: "Who" }), "frank alone");
  await user.click(dialog.getByRole("radio", { name: "Low" }));
  await user.click(dialog.getByRole("button", { name: "Next" }));
  expect(await dialog.findByText("PagerDuty will page only frank (Payments).")).toBeVisible();
  await user.click(dialog.getByRole("button", { name: "Page" }));
  expect(await screen.findByText("frank (Payments)")).toBeVisible();
  expect(paged(server)[0]).toMatchObject({ personId: "Pfrank", urgency: PageUrgency.LOW });
});

test("a page that could not be confirmed is sent once, whatever happens to the incident meanwhile", async () => {
  const { server, id } = withTeams();
  const { user } = renderConsole(`/incidents/${id}`, server);
  const dialog = await open(user);
  await chooseTeam(user, "pay", "Payments");
  await user.click(dialog.getByRole("button", { name: "Next" }));
  server.failNext("pageTeam", new ConnectError("gone", Code.Unavailable));
  await user.click(await dialog.findByRole("button", { name: "Page" }));
  expect(await dialog.findByRole("alert")).toHaveTextContent("they won’t be called twice");
  server.setSeverity(id, "sev1", "bob");
  expect(await screen.findByText(/changed the severity to SEV1/)).toBeInTheDocument();
  await user.click(dialog.getByRole("button", { name: "Page" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(new Set(paged(server).map(({ requestId }) => requestId)).size).toBe(1);
});

test("what is refused is said before anybody is called", async () => {
  const { server, id } = withTeams();
  const { user } = renderConsole(`/incidents/${id}`, server);
  const dialog = await open(user);
  await chooseTeam(user, "pay", "Payments");
  server.onCall.teams = [];
  await user.click(dialog.getByRole("button", { name: "Next" }));
  expect(await dialog.findByRole("alert")).toHaveTextContent("This team is no longer in PagerDuty");
});

test("somebody who is on call is invited without being called", async () => {
  const { server, id } = withTeams();
  const { user } = renderConsole(`/incidents/${id}`, server);
  const dialog = await open(user);
  await chooseTeam(user, "pay", "Payments");
  expect(dialog.queryByRole("button", { name: "Invite frank to the channel" })).not.toBeInTheDocument();
  await user.click(dialog.getByRole("button", { name: "Invite erin to the channel" }));
  expect(await dialog.findByText("Invited to the channel")).toBeVisible();
  expect(server.calls.some(({ method }) => method === "invitePerson")).toBe(true);
  expect(paged(server)).toHaveLength(0);
});

test("what becomes of pages is shown as it happens", async () => {
  const { server, id } = withTeams();
  server.onCall.page(id, "Search", "", { state: PageState.FAILED });
  server.onCall.page(id, "Payments", "alice", { late: true });
  renderConsole(`/incidents/${id}`, server);
  const pages = within(await screen.findByRole("list", { name: "Pages" }));
  expect(pages.getByText(/^Not acknowledged/)).toBeVisible();
  expect(pages.getByText(/^Failed: nobody was called/)).toBeVisible();
  expect(pages.getByText(/^Paged for its severity/)).toBeVisible();
  await waitFor(() => expect(server.streams).toBe(1));
  server.onCall.acknowledge(id, "erin");
  expect(await pages.findByText(/^Acknowledged by erin/)).toBeVisible();
});

test("a page that PagerDuty does not accept in time says whom to call, without asking the server again", async () => {
  const { server, id } = withTeams();
  server.onCall.page(id, "Search", "", { state: PageState.WAITING, overdueInMs: 0 });
  server.onCall.page(id, "Payments", "", {
    state: PageState.WAITING,
    overdueInMs: 300,
    contacts: ["erin", "frank"],
  });
  renderConsole(`/incidents/${id}`, server);
  const pages = within(await screen.findByRole("list", { name: "Pages" }));
  expect(pages.getByText(/hasn’t accepted it yet. Still trying. Call them yourself if/)).toBeVisible();
  expect(pages.getByText("Being sent to PagerDuty")).toBeVisible();
  const asked = server.calls.length;
  expect(
    await pages.findByText(/hasn’t accepted it yet. Still trying. Call erin, frank yourself/),
  ).toBeVisible();
  expect(server.calls).toHaveLength(asked);
});

test("nobody is paged where that cannot be, or by whom may not", async () => {
  const { server, id } = withTeams();
  server.onCall.enabled = false;
  const off = renderConsole(`/incidents/${id}`, server);
  expect(await screen.findByRole("button", { name: "Send update" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Page a team" })).not.toBeInTheDocument();
  off.unmount();
  server.onCall.enabled = true;
  if (server.session) server.session.role = UserRole.VIEWER;
  renderConsole(`/incidents/${id}`, server);
  expect(await screen.findByRole("heading", { name: "Payments fail" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Page a team" })).not.toBeInTheDocument();
});

test("a page that was not sent says why, and is sent after a look at who will be called", async () => {
  const { server, id } = withTeams();
  const withdrawn = { state: PageState.WITHDRAWN, teamId: "P1", canPageAnyway: true };
  server.onCall.page(id, "Payments", "", {
    ...withdrawn,
    notSent: PageNotSent.LOWERED,
    canPageAnyway: false,
  });
  server.onCall.page(id, "Payments", "alice", {
    ...withdrawn,
    notSent: PageNotSent.RESOLVED,
    canPageAnyway: false,
  });
  server.onCall.page(id, "Payments", "", { ...withdrawn, notSent: PageNotSent.AGAIN });
  const { user } = renderConsole(`/incidents/${id}`, server);
  const pages = within(await screen.findByRole("list", { name: "Pages" }));
  expect(pages.getByText(/^Not paged: the severity was lowered before/)).toBeVisible();
  expect(pages.getByText(/^Not paged: the incident was resolved before/)).toBeVisible();
  expect(pages.getByText("Not paged again")).toBeVisible();
  expect(pages.queryByText(/^Paged/)).not.toBeInTheDocument();
  await user.click(pages.getByRole("button", { name: "Page again: Payments" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Page again" }));
  expect(dialog.getByText("PagerDuty will page erin (Payments).")).toBeVisible();
  const sent = () => server.calls.filter(({ method }) => method === "pageAnyway");
  expect(sent()).toHaveLength(0);
  server.failNext("pageAnyway", new ConnectError("gone", Code.Unavailable));
  await user.click(dialog.getByRole("button", { name: "Page" }));
  expect(await dialog.findByRole("alert")).toHaveTextContent("they won’t be called twice");
  await user.click(dialog.getByRole("button", { name: "Page" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(await pages.findByText("Being sent to PagerDuty")).toBeVisible();
  expect(pages.queryByRole("button", { name: /^Page again/ })).not.toBeInTheDocument();
  const asked = sent().map(({ request }) => request as PageAnywayRequest);
  expect(asked[0]).toMatchObject({ pageId: `${id}-2` });
  expect(asked[0]?.shownAt).toBeDefined();
  expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(1);
});

test("a viewer reads why a page was not sent and sends none", async () => {
  const { server, id } = withTeams();
  const { state, notSent } = { state: PageState.WITHDRAWN, notSent: PageNotSent.AGAIN };
  server.onCall.page(id, "Payments", "", { state, notSent, teamId: "P1", canPageAnyway: true });
  if (server.session) server.session.role = UserRole.VIEWER;
  renderConsole(`/incidents/${id}`, server);
  expect(await screen.findByText("Not paged again")).toBeVisible();
  expect(screen.queryByRole("button", { name: /^Page again/ })).not.toBeInTheDocument();
});

test("whoever resolves the incident is asked about its pages", async () => {
  const server = new FakeServer();
  const { id } = server.add({
    description: "Payments fail",
    roles: { incident_commander: "U1", technical_lead: "U2" },
  });
  server.onCall.page(id, "Search", "", { state: PageState.RESOLVED });
  server.onCall.page(id, "Payments", "alice", { person: "erin" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await screen.findByRole("list", { name: "Pages" });
  await user.click(screen.getByRole("button", { name: "Resolve" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Resolve this incident" }));
  const tick = dialog.getByRole("checkbox", { name: /^Resolve its pages too/ });
  expect(tick).toBeChecked();
  expect(dialog.getByText("erin (Payments)")).toBeVisible();
  await user.click(tick);
  await user.click(tick);
  await user.click(dialog.getByRole("button", { name: "Resolve" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  const asked = server.calls.find(({ method }) => method === "setStatus")?.request;
  expect(asked).toMatchObject({ status: "resolved", resolvePages: true });
});

test("by the setting pages are resolved along, and that is said", async () => {
  const server = new FakeServer();
  server.onCall.resolvePages = ResolvePages.ALWAYS;
  const { id } = server.add({ description: "Payments fail" });
  server.onCall.page(id, "Payments", "alice", {});
  const { user } = renderConsole(`/incidents/${id}`, server);
  await screen.findByRole("list", { name: "Pages" });
  await user.click(screen.getByRole("button", { name: "Resolve" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Resolve this incident" }));
  expect(dialog.getByText("Its pages in PagerDuty are resolved.")).toBeVisible();
  expect(dialog.queryByRole("checkbox")).not.toBeInTheDocument();
});

test("a page that is pressed while offline goes out neither then nor later", async () => {
  const { server, id } = withTeams();
  const { user } = renderConsole(`/incidents/${id}`, server);
  const dialog = await open(user);
  await chooseTeam(user, "pay", "Payments");
  await user.click(dialog.getByRole("button", { name: "Next" }));
  const press = await dialog.findByRole("button", { name: "Page" });

  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  act(() => void window.dispatchEvent(new Event("offline")));
  expect(await dialog.findByText(/You’re offline\. Nothing can be sent now/)).toBeVisible();
  server.failNext("pageTeam", new ConnectError("no network", Code.Unavailable));
  await user.click(press);
  expect(await dialog.findByRole("alert")).toHaveTextContent("Nothing was sent or queued");
  await user.click(dialog.getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());

  online.mockReturnValue(true);
  act(() => void window.dispatchEvent(new Event("online")));
  await user.click(await screen.findByRole("button", { name: "Page a team" }));
  await screen.findByRole("dialog", { name: "Page a team" });
  expect(paged(server)).toHaveLength(1);
  expect(server.onCall.pages.get(id) ?? []).toHaveLength(0);
});

test("its dialog stays until it is known what became of a page", async () => {
  const { server, id } = withTeams();
  const { user } = renderConsole(`/incidents/${id}`, server);
  const dialog = await open(user);
  await chooseTeam(user, "pay", "Payments");
  await user.click(dialog.getByRole("button", { name: "Next" }));
  let answer: (() => void) | undefined;
  server.failNext("pageTeam", new Promise<void>((resolve) => (answer = resolve)));
  await user.click(await dialog.findByRole("button", { name: "Page" }));
  await waitFor(() => expect(dialog.getByRole("button", { name: "Close" })).toBeDisabled());
  await user.keyboard("{Escape}");
  expect(screen.getByRole("dialog", { name: "Page a team" })).toBeVisible();
  answer?.();
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(server.onCall.pages.get(id)).toHaveLength(1);
});
