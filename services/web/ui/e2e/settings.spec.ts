import type { Page } from "@playwright/test";
import { expect, test, unique } from "./console";

async function save(page: Page) {
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Saved. Your changes apply now.")).toBeVisible();
}

test("a provider is no longer polled, and polled again", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("link", { name: /^Upstream providers/ }).click();
  const heroku = page
    .getByRole("list", { name: "Polling" })
    .getByRole("listitem")
    .filter({ hasText: "Heroku" });
  await expect(heroku).toContainText(/read (just now|\d)/);
  const field = page.getByRole("combobox", { name: "Providers" });

  await page.getByText("heroku", { exact: true }).locator("..").locator("button").click();
  await expect(page.getByText("Not saved yet.")).toBeVisible();
  await save(page);
  await expect(heroku).toBeHidden();

  await field.fill("Heroku");
  await field.press("Enter");
  await save(page);
  await expect(heroku).toContainText(/read (just now|\d)/);

  await field.fill("gitlab");
  await field.press("Enter");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText(/“gitlab” is not a provider: use one of auth0/)).toBeVisible();
  await expect(field).toBeFocused();
});

test("texts, links, lists, numbers, switches and choices are saved, and reset to their defaults", async ({
  page,
}) => {
  await page.goto("/settings/general");
  const link = page.getByRole("textbox", { name: "Postmortems" });
  await link.fill("postmortems");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(
    page.getByText("“postmortems” is not a web address such as https://example.com."),
  ).toBeVisible();
  await expect(link).toBeFocused();
  await link.fill("https://postmortems.example.com");
  const zone = page.getByRole("combobox", { name: "Time zone" });
  await zone.fill("Reykjavik");
  await page.getByRole("option", { name: "Atlantic/Reykjavik" }).click();
  await save(page);
  await page.reload();
  await expect(zone).toHaveValue("Atlantic/Reykjavik");
  await expect(page.getByText(/^Changed by .+ just now$/).first()).toBeVisible();
  await page.getByRole("button", { name: "Reset Postmortems to default" }).click();
  await page.getByRole("button", { name: "Reset Time zone to default" }).click();
  await save(page);
  await expect(link).toHaveValue("");

  await page.goto("/settings/channels");
  const topic = unique("Be kind");
  await page.getByRole("textbox", { name: "Topic" }).fill(topic);
  await page.getByRole("combobox", { name: "Invited user groups" }).fill("nobody");
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Archive after" }).fill("30");
  await save(page);
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Topic" })).toHaveValue(topic);
  await expect(page.getByText("nobody", { exact: true })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Archive after" })).toHaveValue("30");
  for (const label of ["Topic", "Invited user groups", "Archive after"]) {
    await page.getByRole("button", { name: `Reset ${label} to default` }).click();
  }
  await save(page);

  await page.goto("/settings/paging");
  await page.getByRole("combobox", { name: "Pages of resolved incidents" }).click();
  await page.getByRole("option", { name: "Leave them open" }).click();
  await page.getByRole("switch", { name: "Notes" }).uncheck();
  await save(page);
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Pages of resolved incidents" })).toHaveValue(
    "Leave them open",
  );
  await expect(page.getByRole("switch", { name: "Notes" })).not.toBeChecked();
  for (const label of ["Pages of resolved incidents", "Notes"]) {
    await page.getByRole("button", { name: `Reset ${label} to default` }).click();
  }
  await save(page);
});

test("a severity is added, offered at once, and removed", async ({ page }) => {
  await page.goto("/settings/severities");
  await page.getByRole("button", { name: "Add severity" }).click();
  const added = page.getByRole("group", { name: "New severity" });
  await expect(added.getByRole("textbox", { name: "Key" })).toBeFocused();
  await added.getByRole("textbox", { name: "Key" }).fill("sev5");
  await added.getByRole("textbox", { name: "Label" }).fill("SEV5");
  await save(page);
  await expect(
    page.getByRole("group", { name: "SEV5" }).getByRole("textbox", { name: "Key" }),
  ).not.toBeEditable();
  await page.getByRole("button", { name: "Declare incident" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Declare an incident" });
  await expect(dialog.getByRole("radio", { name: /SEV5/ })).toBeVisible();
  await dialog.getByRole("button", { name: "Discard" }).click();

  await page.getByRole("button", { name: "Move SEV5 up" }).click();
  await page.getByRole("button", { name: "Remove SEV5" }).click();
  await save(page);
  await expect(page.getByRole("group", { name: "SEV5" })).toBeHidden();
});

test("a stale save shows both values and lets the person choose", async ({ page, context }) => {
  await page.goto("/settings/channels");
  const field = page.getByRole("textbox", { name: "Topic" });
  const [mine, theirs] = [unique("Mine"), unique("Theirs")];
  await field.fill(mine);
  const other = await context.newPage();
  await other.goto("/settings/channels");
  await other.getByRole("textbox", { name: "Topic" }).fill(theirs);
  await save(other);

  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Topic has changed while you were editing")).toBeVisible();
  await expect(page.getByRole("region", { name: "Your value" })).toContainText(mine);
  await expect(page.getByRole("region", { name: "Current value" })).toContainText(theirs);
  await page.getByRole("button", { name: "Keep my value" }).click();
  await save(page);
  await other.reload();
  await expect(other.getByRole("textbox", { name: "Topic" })).toHaveValue(mine);
  await page.getByRole("button", { name: "Reset Topic to default" }).click();
  await save(page);
});
