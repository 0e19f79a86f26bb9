import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { SlackConnectionState } from "../../gen/incident_bot/v1/account_pb";
import { renderConsole } from "../../testing/render-console";

type User = ReturnType<typeof renderConsole>["user"];

const openMenu = async (user: User) => user.click(await screen.findByRole("button", { name: /^Account of/ }));

test("somebody is connected once they said so in Slack, and may claim roles then", async () => {
  const server = new FakeServer();
  const { id } = server.add({ description: "Payments fail" });
  const { user } = renderConsole(`/incidents/${id}`, server);
  await screen.findByRole("button", { name: "Assign Technical lead" });
  expect(screen.queryByRole("button", { name: "Claim Technical lead" })).not.toBeInTheDocument();
  await openMenu(user);
  await user.click(await screen.findByRole("button", { name: "Connect Slack" }));
  expect(await screen.findByText(/a direct message in Slack/)).toHaveTextContent(
    "incident-bot sent alice a direct message in Slack. Press “Yes, that's me” there within 15 minutes.",
  );
  expect(screen.queryByRole("button", { name: "Connect Slack" })).not.toBeInTheDocument();

  server.account.answerSlack("U1");
  expect(await screen.findByText(/Connected to Slack as/)).toHaveTextContent("Connected to Slack as alice.");
  await user.keyboard("{Escape}");
  expect(await screen.findByRole("button", { name: "Claim Technical lead" })).toBeVisible();
  // What may be seen depends on it: the stream is another one.
  await waitFor(() => expect(server.calls.filter(({ method }) => method === "watch")).toHaveLength(2));
});

test("an e-mail that nobody has in Slack says what to do", async () => {
  const server = new FakeServer();
  const { user } = renderConsole("/", server);
  await openMenu(user);
  server.failNext(
    "connectSlack",
    new ConnectError("Nobody in Slack has the e-mail a@b.c. Ask an admin.", Code.FailedPrecondition),
  );
  await user.click(await screen.findByRole("button", { name: "Connect Slack" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "Nobody in Slack has the e-mail a@b.c. Ask an admin.",
  );
});

test("a No and a question that was not answered are told", async () => {
  const server = new FakeServer();
  server.account.connection.state = SlackConnectionState.DECLINED;
  server.account.connection.name = "alice";
  const { user } = renderConsole("/", server);
  await openMenu(user);
  expect(await screen.findByText(/said in Slack that this account isn’t theirs/)).toBeVisible();
  await user.keyboard("{Escape}");
  server.account.connection.state = SlackConnectionState.EXPIRED;
  await openMenu(user);
  expect(await screen.findByText(/Nobody answered in Slack in time/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Connect Slack" })).toBeEnabled();
});

test("where no answer came, nobody reads that nothing was done", async () => {
  const server = new FakeServer();
  const { user } = renderConsole("/", server);
  await openMenu(user);
  server.failNext("connectSlack", new ConnectError("late", Code.DeadlineExceeded));
  await user.click(await screen.findByRole("button", { name: "Connect Slack" }));
  expect(await screen.findByText(/couldn’t confirm your change/)).toBeVisible();
  server.failNext("signOut", new ConnectError("late", Code.DeadlineExceeded));
  await user.click(screen.getByRole("button", { name: "Sign out" }));
  expect(await screen.findByText(/couldn’t confirm that you are signed out/)).toBeVisible();
});
