import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { renderConsole } from "../../testing/render-console";

function signedOut() {
  const server = new FakeServer();
  server.session = null;
  return server;
}

async function signIn(user: ReturnType<typeof renderConsole>["user"], password: string) {
  await user.type(await screen.findByLabelText("E-mail"), "admin@admin.com");
  const field = screen.getByLabelText("Password");
  await user.clear(field);
  await user.type(field, password);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

test("leads to the page that was wanted, with its filters", async () => {
  const { user, where } = renderConsole("/incidents?state=all&q=mail", signedOut());
  await signIn(user, "secret");
  expect(await screen.findByRole("heading", { name: "Incidents" })).toBeVisible();
  expect(where()).toBe("/incidents?state=all&q=mail");
});

test("says the same for an unknown e-mail and a wrong password, and lets try again", async () => {
  const { user } = renderConsole("/", signedOut());
  await signIn(user, "wrong");
  expect(await screen.findByRole("alert")).toHaveTextContent("E-mail or password is wrong.");
  await waitFor(() => expect(screen.getByLabelText("Password")).toHaveFocus());
  await user.clear(screen.getByLabelText("Password"));
  await user.type(screen.getByLabelText("Password"), "secret{Enter}");
  expect(await screen.findByRole("heading", { name: "Dashboard" })).toBeVisible();
});

test("says how long to wait after too many attempts", async () => {
  const server = signedOut();
  server.failNext(
    "signIn",
    new ConnectError("too many attempts, try again in 4 minutes", Code.ResourceExhausted),
  );
  const { user } = renderConsole("/", server);
  await signIn(user, "wrong");
  expect(await screen.findByRole("alert")).toHaveTextContent("Too many attempts, try again in 4 minutes.");
});

test("a session that ends leads to the sign-in page and back, and what was typed is still there", async () => {
  const { user, server, where } = renderConsole("/incidents?severity=sev1");
  await user.click(await screen.findByRole("button", { name: "Declare incident" }));
  await user.type(await screen.findByLabelText(/Description/), "Payments fail");
  server.session = null;
  await user.click(screen.getByRole("button", { name: "Declare" }));

  expect(await screen.findByText(/continue where you left off/)).toBeVisible();
  await signIn(user, "secret");
  expect(await screen.findByLabelText(/Description/)).toHaveValue("Payments fail");
  expect(where()).toBe("/incidents?severity=sev1");
  expect(server.incidents).toHaveLength(0);
});

test("the server being away is not the end of a session", async () => {
  const server = new FakeServer();
  server.failNext("getSession", new ConnectError("away", Code.Unavailable));
  const { user } = renderConsole("/", server);
  await user.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("heading", { name: "Dashboard" })).toBeVisible();
});

test("whoever is signed in is led on, not asked again", async () => {
  const { where } = renderConsole("/sign-in?next=/incidents");
  expect(await screen.findByRole("heading", { name: "Incidents" })).toBeVisible();
  expect(where()).toBe("/incidents");
});

test("says where to open the console when the browser does not keep the session", async () => {
  const server = signedOut();
  server.consoleUrl = "https://console.example";
  const { user } = renderConsole("/", server);
  await screen.findByLabelText("E-mail");
  expect(screen.getByText("Forgot your password? Ask an admin of incident-bot.")).toBeVisible();
  // The answer is right, and the next call comes without a session.
  server.failNext("getSession", new ConnectError("no session", Code.Unauthenticated));
  await signIn(user, "secret");
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("your browser did not keep the session");
  expect(within(alert).getByRole("link", { name: "https://console.example" })).toBeVisible();
});
