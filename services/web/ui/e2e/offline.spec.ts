import { declare, expect, test, unique } from "./console";

test("an update that is sent while offline goes out neither then nor later", async ({ page, context }) => {
  const title = unique("Invoices are wrong");
  const words = unique("Rolling back");
  await page.goto("/");
  await declare(page, { description: title });
  await page.getByRole("button", { name: "Send update" }).click();
  const dialog = page.getByRole("dialog", { name: "Send an update" });
  await dialog.getByLabel("Message").fill(words);

  await context.setOffline(true);
  await expect(dialog.getByText("You’re offline. Nothing can be sent now")).toBeVisible();
  await dialog.getByRole("button", { name: "Send", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("Nothing was sent or queued");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await context.setOffline(false);
  // The console is live again, and what was pressed before is nowhere.
  const other = await context.newPage();
  await other.goto("/");
  const later = unique("Later");
  await declare(other, { description: later });
  await page.getByRole("link", { name: "Incidents" }).first().click();
  await expect(page.getByRole("link", { name: later })).toBeVisible();
  await page.getByRole("link", { name: title }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(page.getByRole("list", { name: "Timeline" })).toBeVisible();
  await expect(page.getByText(words)).toHaveCount(0);
});

test("pages that were not opened before open while offline, and nothing reloads", async ({
  page,
  context,
}) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await page.evaluate(() => ((window as { isSame?: boolean }).isSame = true));
  // Their code comes when the browser has nothing else to do.
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => name.includes("settings-page")),
  );
  await context.setOffline(true);
  await page.getByRole("link", { name: "Jobs" }).click();
  await expect(page.getByRole("heading", { name: "Jobs", exact: true })).toBeVisible();
  await expect(page.getByText("Not live")).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByRole("table", { name: "Queues" })).toBeVisible();
  await expect(page.getByText("Not live")).toBeHidden();
  expect(await page.evaluate(() => (window as { isSame?: boolean }).isSame)).toBe(true);
});
