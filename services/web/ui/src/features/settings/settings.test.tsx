import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import { renderConsole } from "../../testing/render-console";

const field = () => screen.findByLabelText<HTMLTextAreaElement>("Template");

const save = () => screen.getByRole("button", { name: "Save changes" });

const updates = (server: FakeServer) => server.calls.filter(({ method }) => method === "updateSettings");

test("a template is edited, refused at its field, and saved", async () => {
  const { user, server } = renderConsole("/settings/rca-document");
  const template = await field();
  expect(template).toHaveValue(server.settings.defaultTemplate);
  fireEvent.change(template, { target: { value: "<p>{{mood}}</p>" } });
  expect(screen.getByText("Not saved yet.")).toBeVisible();
  server.settings.refuseNext({ key: "rca_template", message: "Unknown placeholder {{mood}}." });
  await user.click(save());
  expect(await screen.findByText("Unknown placeholder {{mood}}.")).toBeVisible();
  expect(template).toBeInvalid();
  expect(template).toHaveFocus();
  fireEvent.change(template, { target: { value: "<p>{{title}}</p>" } });
  expect(template).toBeValid();
  server.failNext("updateSettings", new ConnectError("gone", Code.Unavailable));
  await user.click(save());
  expect(await screen.findByRole("alert")).toHaveTextContent("We couldn’t confirm your change.");
  await user.click(save());
  expect(await screen.findByText(/^Saved/)).toBeVisible();
  expect(server.settings.valueOf("rca_template")).toBe("<p>{{title}}</p>");
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("the default is brought back, and saving takes it", async () => {
  const server = new FakeServer();
  server.settings.set("rca_template", "<p>{{title}}</p>");
  const { user } = renderConsole("/settings/rca-document", server);
  expect(await field()).toHaveValue("<p>{{title}}</p>");
  await user.click(screen.getByRole("button", { name: "Reset Template to default" }));
  expect(await field()).toHaveValue(server.settings.defaultTemplate);
  expect(updates(server)).toHaveLength(0);
  await user.click(save());
  expect(await screen.findByText(/^Saved/)).toBeVisible();
  expect(server.settings.valueOf("rca_template")).toBe(server.settings.defaultTemplate);
});

test("placeholders are explained", async () => {
  const { user } = renderConsole("/settings/rca-document");
  await user.click(await screen.findByRole("button", { name: "Placeholders" }));
  const table = within(await screen.findByRole("table", { name: "Placeholders" }));
  expect(table.getByRole("row", { name: /{{title}}/ })).toHaveTextContent("the incident's title");
});

test("a preview is of a chosen incident, as a page or as source, and changes nothing", async () => {
  const server = new FakeServer();
  server.add({ description: "Payments fail" });
  server.addSealed({ description: "Salaries leaked" });
  const { user } = renderConsole("/settings/rca-document", server);
  fireEvent.change(await field(), { target: { value: "<h2>{{title}}</h2><script>1</script>" } });
  expect(screen.getByRole("button", { name: "Preview" })).toBeDisabled();
  await user.click(screen.getByRole("combobox", { name: "Incident" }));
  expect(await screen.findByRole("option", { name: "Payments fail" })).toBeVisible();
  expect(screen.getAllByRole("option")).toHaveLength(1);
  await user.click(screen.getByRole("option", { name: "Payments fail" }));
  await user.click(screen.getByRole("button", { name: "Preview" }));
  const shown = within(await screen.findByRole("region", { name: "The document" }));
  expect(shown.getByRole("heading", { name: "Payments fail" })).toBeVisible();
  await user.click(screen.getByText("Source"));
  expect(shown.getByText("<h2>Payments fail</h2><script>1</script>")).toBeVisible();
  expect(updates(server)).toHaveLength(0);
});

test("what is wrong with a template is said at its field by a preview too", async () => {
  const server = new FakeServer();
  server.add({ description: "Payments fail" });
  const { user } = renderConsole("/settings/rca-document", server);
  await user.click(await screen.findByRole("combobox", { name: "Incident" }));
  await user.click(await screen.findByRole("option", { name: "Payments fail" }));
  server.failNext(
    "previewTemplate",
    new ConnectError("template: the template is not well-formed: 1:4", Code.InvalidArgument),
  );
  await user.click(screen.getByRole("button", { name: "Preview" }));
  expect(await screen.findByText("The template is not well-formed: 1:4.")).toBeVisible();
  expect(await field()).toBeInvalid();
});

test("providers are added and removed, refused at their field, and saved", async () => {
  const { user, server } = renderConsole("/settings/upstream-providers");
  const field = await screen.findByRole("combobox", { name: "Providers" });
  await user.type(field, "gitlab,");
  expect(screen.getByText("Not saved yet.")).toBeVisible();
  server.settings.refuseNext({ key: "providers", message: "“gitlab” is not a provider." });
  await user.click(save());
  expect(await screen.findByText("“gitlab” is not a provider.")).toBeVisible();
  expect(field).toBeInvalid();
  expect(field).toHaveFocus();
  expect(server.settings.valueOf("providers")).toEqual(["github"]);
  await user.type(field, "{Backspace}");
  expect(field).toBeValid();
  await user.type(field, "https://status.example.com{Enter}");
  await user.click(save());
  expect(await screen.findByText(/^Saved/)).toBeVisible();
  expect(server.settings.valueOf("providers")).toEqual(["github", "https://status.example.com"]);
  const feeds = within(screen.getByRole("list", { name: "Polling" }));
  expect(await feeds.findByText(/status\.example\.com/)).toBeVisible();
  expect(feeds.getAllByRole("listitem")).toHaveLength(2);
});

test("what is broken upstream, and what the environment says wrongly, stands above", async () => {
  const server = new FakeServer();
  server.settings.broken.add("github");
  server.settings.warnings.push("INCIDENT_EXTERNAL_PROVIDERS_LIST: “gitlab” is not a provider");
  renderConsole("/settings/upstream-providers", server);
  expect(await screen.findByText("The status of github cannot be read")).toBeVisible();
  expect(screen.getByText(/“gitlab” is not a provider/)).toBeVisible();
});

test("every group has its page", async () => {
  const { user, where } = renderConsole("/settings");
  expect(await screen.findByText("Changes apply to everyone immediately.")).toBeVisible();
  await user.click(await screen.findByRole("link", { name: /^Reminders/ }));
  expect(await screen.findByRole("heading", { name: "Reminders" })).toBeVisible();
  expect(where()).toBe("/settings/reminders");
});

test("there is no page for a group that does not exist", async () => {
  renderConsole("/settings/mood");
  expect(await screen.findByText("Page not found")).toBeVisible();
});

test.each(["/settings", "/settings/rca-document"])("others than admins find nothing at %s", async (path) => {
  const server = new FakeServer();
  if (server.session) server.session = { ...server.session, role: UserRole.RESPONDER };
  renderConsole(path, server);
  expect(await screen.findByText("Only admins can see and change settings.")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Settings" })).not.toBeInTheDocument();
  expect(screen.queryByLabelText("Template")).not.toBeInTheDocument();
  expect(server.calls.map(({ method }) => method)).not.toContain("listSettings");
});
