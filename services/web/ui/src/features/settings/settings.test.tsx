import { Code, ConnectError } from "@connectrpc/connect";
import { fireEvent, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import { renderConsole } from "../../testing/render-console";

const field = () => screen.findByLabelText<HTMLTextAreaElement>("Template");

/** Each part of the page has a button to save it. */
const save = (part: string) =>
  within(screen.getByRole("region", { name: part })).getByRole("button", { name: "Save" });

const updates = (server: FakeServer) => server.calls.filter(({ method }) => method === "updateTemplate");

test("a template is edited, refused at its field, and saved", async () => {
  const { user, server } = renderConsole("/settings");
  const template = await field();
  expect(template).toHaveValue(server.settings.defaultTemplate);
  fireEvent.change(template, { target: { value: "<p>{{mood}}</p>" } });
  expect(screen.getByText("Not saved yet.")).toBeVisible();
  server.failNext(
    "updateTemplate",
    new ConnectError("template: unknown placeholder {{mood}}", Code.InvalidArgument),
  );
  await user.click(save("RCA document"));
  expect(await screen.findByText("Unknown placeholder {{mood}}.")).toBeVisible();
  expect(template).toBeInvalid();
  expect(template).toHaveFocus();
  fireEvent.change(template, { target: { value: "<p>{{title}}</p>" } });
  expect(template).toBeValid();
  server.failNext("updateTemplate", new ConnectError("gone", Code.Unavailable));
  await user.click(save("RCA document"));
  expect(await screen.findByRole("alert")).toHaveTextContent("could not be confirmed");
  await user.click(save("RCA document"));
  expect(await screen.findByText(/^Saved/)).toBeVisible();
  expect(server.settings.template).toBe("<p>{{title}}</p>");
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("reset brings the one that comes with it back, and saving takes it", async () => {
  const server = new FakeServer();
  server.settings.template = "<p>{{title}}</p>";
  const { user } = renderConsole("/settings", server);
  expect(await field()).toHaveValue("<p>{{title}}</p>");
  await user.click(screen.getByRole("button", { name: "Reset" }));
  expect(await field()).toHaveValue(server.settings.defaultTemplate);
  expect(updates(server)).toHaveLength(0);
  await user.click(save("RCA document"));
  expect(await screen.findByText(/^Saved/)).toBeVisible();
  expect(server.settings.template).toBe(server.settings.defaultTemplate);
});

test("placeholders are explained", async () => {
  const { user } = renderConsole("/settings");
  await user.click(await screen.findByRole("button", { name: "Available placeholders" }));
  const table = within(await screen.findByRole("table", { name: "Placeholders" }));
  expect(table.getByRole("row", { name: /{{title}}/ })).toHaveTextContent("the incident's title");
});

test("a preview is of a chosen incident, as a page or as source, and changes nothing", async () => {
  const server = new FakeServer();
  server.add({ description: "Payments fail" });
  server.addSealed({ description: "Salaries leaked" });
  const { user } = renderConsole("/settings", server);
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
  const { user } = renderConsole("/settings", server);
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
  const { user, server } = renderConsole("/settings");
  const field = await screen.findByRole("combobox", { name: "Providers" });
  await user.type(field, "gitlab,");
  expect(screen.getByText("Not saved yet.")).toBeVisible();
  server.failNext(
    "updateProviders",
    new ConnectError("providers: “gitlab” is not a provider.", Code.InvalidArgument),
  );
  await user.click(save("Upstream providers"));
  expect(await screen.findByText("“gitlab” is not a provider.")).toBeVisible();
  expect(field).toBeInvalid();
  expect(field).toHaveFocus();
  expect(server.settings.providers).toEqual(["github"]);
  await user.type(field, "{Backspace}");
  expect(field).toBeValid();
  await user.type(field, "https://status.example.com{Enter}");
  await user.click(save("Upstream providers"));
  expect(await screen.findByText(/^Saved/)).toBeVisible();
  expect(server.settings.providers).toEqual(["github", "https://status.example.com"]);
  const feeds = within(screen.getByRole("list", { name: "Upstream providers" }));
  expect(feeds.getAllByRole("listitem")).toHaveLength(2);
});

test("what is broken upstream, and what the environment says wrongly, stands above", async () => {
  const server = new FakeServer();
  server.settings.broken.add("github");
  server.settings.warnings.push("INCIDENT_EXTERNAL_PROVIDERS_LIST: “gitlab” is not a provider");
  renderConsole("/settings", server);
  expect(await screen.findByText("The status of github cannot be read")).toBeVisible();
  expect(screen.getByText(/“gitlab” is not a provider/)).toBeVisible();
});

test("others than admins are told so, and find no way there", async () => {
  const server = new FakeServer();
  if (server.session) server.session = { ...server.session, role: UserRole.RESPONDER };
  renderConsole("/settings", server);
  expect(await screen.findByText("Only admins can see and change settings.")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Settings" })).not.toBeInTheDocument();
  expect(screen.queryByLabelText("Template")).not.toBeInTheDocument();
});
