import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { FakeServer } from "../../../fake/server";
import type { UpdateSettingsRequest } from "../../gen/incident_bot/v1/settings_pb";
import { renderConsole } from "../../testing/render-console";

const save = () => screen.getByRole("button", { name: "Save changes" });

const saved = async () => expect(await screen.findByText("Saved. Your changes apply now.")).toBeVisible();

/** The part of the form in which an object of a list is. */
const item = (label: string) => within(screen.getByRole("group", { name: label }));

test("fields of every type are saved together, and only those that were changed", async () => {
  const { user, server } = renderConsole("/settings/channels");
  const topic = await screen.findByRole("textbox", { name: "Topic" });
  expect(save()).toBeDisabled();
  await user.type(topic, "Be kind");
  await user.type(screen.getByRole("combobox", { name: "Invited user groups" }), "oncall{Enter}");
  await user.click(save());
  await saved();
  expect(server.settings.valueOf("channel_topic")).toBe("Be kind");
  expect(server.settings.valueOf("invite_groups")).toEqual(["oncall"]);
  const [call] = server.calls.filter(({ method }) => method === "updateSettings");
  const { changes } = call?.request as UpdateSettingsRequest;
  expect(changes.map(({ key }) => key)).toEqual(["channel_topic", "invite_groups"]);
  expect(screen.getAllByText(/^Changed by Admin/)).toHaveLength(2);
});

test("numbers have their limits, choices their options, and switches switch", async () => {
  const { user, server } = renderConsole("/settings/reminders");
  const minutes = await screen.findByRole("textbox", { name: "Further updates" });
  expect(minutes).toHaveAccessibleDescription("1 to 1,440.");
  await user.clear(minutes);
  await user.type(minutes, "45");
  await user.click(screen.getByRole("switch", { name: "Mention @here" }));
  await user.click(screen.getByRole("combobox", { name: "Mentioned roles" }));
  await user.click(await screen.findByRole("option", { name: "Scribe" }));
  await user.click(save());
  await saved();
  expect(server.settings.valueOf("update_every_minutes")).toBe(45);
  expect(server.settings.valueOf("reminder_here")).toBe(false);
  expect(server.settings.valueOf("reminder_roles")).toEqual(["lead", "scribe"]);
});

test("an optional number is emptied, and a time zone is looked for", async () => {
  const server = new FakeServer();
  server.settings.set("archive_after_days", 30);
  const first = renderConsole("/settings/channels", server);
  await first.user.clear(await screen.findByRole("textbox", { name: "Archive after" }));
  await first.user.click(save());
  await saved();
  expect(server.settings.valueOf("archive_after_days")).toBeNull();
  first.unmount();

  const { user } = renderConsole("/settings/general", server);
  await user.click(await screen.findByRole("combobox", { name: "Time zone" }));
  await user.click(await screen.findByRole("option", { name: "Europe/Berlin" }));
  await user.click(save());
  await saved();
  expect(server.settings.valueOf("time_zone")).toBe("Europe/Berlin");
});

test("what is changed back is not to be saved", async () => {
  const { user } = renderConsole("/settings/channels");
  const topic = await screen.findByRole("textbox", { name: "Topic" });
  await user.type(topic, "x");
  expect(screen.getByText("Not saved yet.")).toBeVisible();
  await user.clear(topic);
  expect(screen.queryByText("Not saved yet.")).not.toBeInTheDocument();
  expect(save()).toBeDisabled();
});

test("objects of a list are added, edited, moved and removed", async () => {
  const { user, server } = renderConsole("/settings/severities");
  await user.click(await screen.findByRole("button", { name: "Add severity" }));
  const added = item("New severity");
  await user.type(added.getByRole("textbox", { name: "Key" }), "sev0");
  await user.type(added.getByRole("textbox", { name: "Label" }), "SEV0");
  await user.type(item("SEV0").getByRole("combobox", { name: "Paged teams" }), "Platform{Enter}");
  expect(screen.getByRole("button", { name: "Move SEV0 down" })).toBeDisabled();
  await user.click(screen.getByRole("button", { name: "Move SEV0 up" }));
  await user.click(screen.getByRole("button", { name: "Remove SEV3" }));
  await user.click(item("SEV1").getByRole("switch", { name: "Reminders" }));
  // The choice follows what is typed.
  await user.click(screen.getByRole("combobox", { name: "Default severity" }));
  await user.click(await screen.findByRole("option", { name: "SEV0" }));
  await user.click(save());
  await saved();
  expect(server.settings.valueOf("severities")).toEqual([
    { key: "sev1", label: "SEV1", reminders: false, page_teams: [] },
    { key: "sev2", label: "SEV2", reminders: true, page_teams: [] },
    { key: "sev0", label: "SEV0", reminders: false, page_teams: ["Platform"] },
    { key: "sev4", label: "SEV4", reminders: true, page_teams: [] },
  ]);
  expect(server.settings.valueOf("default_severity")).toBe("sev0");
});

test("a key is fixed once it is saved, and lines are a list", async () => {
  const { user, server } = renderConsole("/settings/roles");
  expect(await screen.findByRole("button", { name: "Add role" })).toBeVisible();
  const lead = item("Lead");
  expect(lead.getByRole("textbox", { name: "Key" })).toHaveAttribute("readonly");
  expect(lead.getByRole("textbox", { name: "Duties" })).toHaveValue("Lead.\nDecide.");
  await user.type(lead.getByRole("textbox", { name: "Duties" }), "\nListen.");
  await user.click(save());
  await saved();
  expect(server.settings.valueOf("roles")).toMatchObject([{ duties: ["Lead.", "Decide.", "Listen."] }, {}]);
});

test("what is refused is said at its field, which gets the focus", async () => {
  const { user, server } = renderConsole("/settings/severities");
  expect(await screen.findByRole("button", { name: "Add severity" })).toBeVisible();
  await user.type(item("SEV2").getByRole("textbox", { name: "Label" }), "!");
  server.settings.refuseNext(
    { key: "severities", path: "1.label", message: "At most 40 characters fit." },
    { key: "severities", message: "“SEV4” can’t be removed: 2 open incidents use it." },
    { key: "roles", message: "1 to 20 are needed." },
  );
  await user.click(save());
  expect(await screen.findByText("At most 40 characters fit.")).toBeVisible();
  const label = item("SEV2!").getByRole("textbox", { name: "Label" });
  expect(label).toBeInvalid();
  expect(label).toHaveFocus();
  expect(screen.getByText("“SEV4” can’t be removed: 2 open incidents use it.")).toBeVisible();
  expect(screen.getByText("1 to 20 are needed.")).toBeVisible();
  await user.type(label, "{Backspace}");
  expect(label).toBeValid();
});

test("a stale save changes nothing, shows both values, and one's own can be kept", async () => {
  const { user, server } = renderConsole("/settings/channels");
  const topic = await screen.findByRole("textbox", { name: "Topic" });
  await user.type(topic, "Be quick");
  server.settings.set("channel_topic", "Be kind");
  await user.click(save());
  const notice = within(await screen.findByRole("alert"));
  expect(notice.getByText("Topic has changed while you were editing")).toBeVisible();
  expect(notice.getByText(/Changed by Ada/)).toBeVisible();
  expect(within(notice.getByRole("region", { name: "Your value" })).getByText("Be quick")).toBeVisible();
  expect(within(notice.getByRole("region", { name: "Current value" })).getByText("Be kind")).toBeVisible();
  expect(server.settings.valueOf("channel_topic")).toBe("Be kind");
  await user.click(notice.getByRole("button", { name: "Keep my value" }));
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  expect(topic).toHaveValue("Be quick");
  await user.click(save());
  await saved();
  expect(server.settings.valueOf("channel_topic")).toBe("Be quick");
});

test("after a stale save the current value can be used", async () => {
  const { user, server } = renderConsole("/settings/channels");
  const topic = await screen.findByRole("textbox", { name: "Topic" });
  await user.type(topic, "Be quick");
  server.settings.set("channel_topic", "Be kind");
  await user.click(save());
  await user.click(await screen.findByRole("button", { name: "Use the current value" }));
  await expect.poll(() => (topic as HTMLInputElement).value).toBe("Be kind");
  expect(save()).toBeDisabled();
});

test("a setting that cannot be read says so, and its default can be saved", async () => {
  const server = new FakeServer();
  server.settings.get("channel_topic").warning = "The setting channel_topic cannot be read.";
  const { user } = renderConsole("/settings/channels", server);
  expect(await screen.findByText("The setting channel_topic cannot be read.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Reset Topic to default" }));
  await user.click(save());
  await saved();
});
