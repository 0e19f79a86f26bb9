/** What people do by hand, with the mouse. */

import { expect, message, openAs, openChannel, say, sidebar, test, title } from "./page";

test("a message is edited and deleted", async ({ page }) => {
  await openAs(page, "bob", "random");
  await say(page, "frist & <b>");
  await message(page, "frist").hover();
  await message(page, "frist").getByTitle("Edit message").click();
  const field = page.getByRole("textbox", { name: "Edit message" });
  await expect(field).toHaveValue("frist & <b>");
  await field.fill("first");
  await field.press("Enter");
  await expect(message(page, "first")).toContainText("(edited)");
  await message(page, "first").hover();
  await message(page, "first").getByTitle("Delete message").click();
  await expect(message(page, "first")).toHaveCount(0);
});

test("a channel is renamed and archived, and the bot is removed and added", async ({
  page,
  request,
}) => {
  const made = await request.post("/sandbox/channels", {
    data: { name: "by-hand", members: ["alice", "bob"], bot_is_member: true },
  });
  expect(made.ok()).toBe(true);
  await openAs(page, "alice", "by-hand");
  await page.getByRole("button", { name: "Members" }).click();
  await page.getByRole("button", { name: "Remove incident-bot" }).click();
  await page.getByRole("button", { name: "Add incident-bot" }).click();
  await expect(page.getByRole("button", { name: "Remove incident-bot" })).toBeVisible();
  await page.getByRole("button", { name: "Remove Bob" }).click();
  await expect(page.getByRole("button", { name: "Remove Bob" })).toHaveCount(0);

  await page.getByRole("button", { name: "Channel menu" }).click();
  await page.getByRole("textbox", { name: "Channel name" }).fill("renamed-by-hand");
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  await expect(title(page)).toContainText("renamed-by-hand");
  await page.getByRole("button", { name: "Archive channel" }).click();
  await expect(page.getByText("This channel is archived.")).toBeVisible();
  await page.getByRole("button", { name: "Unarchive channel" }).click();
  await expect(page.getByText("This channel is archived.")).toBeHidden();
  await page.getByRole("button", { name: "Delete channel" }).click();
  await page.getByRole("button", { name: "Yes, delete #renamed-by-hand for good" }).click();
  await expect(sidebar(page).getByText("renamed-by-hand")).toHaveCount(0);
});

test("guests, people of another company, alerts and deactivated people", async ({ page }) => {
  await openAs(page, "alice", "random");
  await page.getByRole("button", { name: "Make trouble" }).click();
  const trouble = page.getByRole("complementary", { name: "Trouble" });
  for (const [name, kind] of [
    ["gus", "guest"],
    ["olga", "from another company"],
  ] as const) {
    await trouble.getByRole("textbox", { name: "Handle of a new person" }).fill(name);
    await trouble.getByRole("combobox", { name: "Kind of person" }).selectOption(kind);
    await trouble.getByRole("button", { name: "Add a person" }).click();
    await page.getByRole("button", { name: "Members" }).click();
    await page
      .getByLabel("Invite")
      .selectOption({ label: name === "gus" ? "Gus (guest)" : "Olga (external, T0VENDOR)" });
    await page.getByRole("button", { name: "Members" }).click();
  }
  await expect(page.getByText("shared with T0VENDOR")).toBeVisible();
  await trouble.getByRole("button", { name: "Post in #random" }).click();
  await expect(message(page, "[FIRING:1] Checkout 5xx")).toContainText("Alertmanager");
  const gus = trouble.getByRole("listitem").filter({ hasText: "Gus" });
  await gus.getByRole("button", { name: "Deactivate" }).click();
  await expect(gus.getByRole("button", { name: "Activate", exact: true })).toBeVisible();

  await sidebar(page).getByLabel("Act as").selectOption("olga");
  await expect(sidebar(page).getByRole("button", { name: "incidents" })).toHaveCount(0);
  await openChannel(page, "random");
  await say(page, "hello from outside");
  await expect(message(page, "hello from outside")).toContainText("external, T0VENDOR");
});
