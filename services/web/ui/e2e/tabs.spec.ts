import { declare, expect, signIn, test, unique } from "./console";

test("twelve tabs are live at once", async ({ page, context }) => {
  await page.goto("/incidents");
  const tabs = [page];
  while (tabs.length < 12) {
    const tab = await context.newPage();
    await tab.goto("/incidents");
    tabs.push(tab);
  }
  for (const tab of tabs) {
    await expect(tab.getByRole("heading", { name: "Incidents", exact: true })).toBeVisible();
  }
  const title = unique("Tabs");
  await declare(page, { description: title });
  for (const tab of tabs.slice(1)) await expect(tab.getByRole("link", { name: title })).toBeVisible();

  // The tab that has the stream goes; another takes it over.
  await page.close();
  const later = unique("Later");
  const [second, ...rest] = tabs.slice(1);
  if (!second) throw new Error("no second tab");
  await declare(second, { description: later });
  for (const tab of rest) await expect(tab.getByRole("link", { name: later })).toBeVisible();
});

test.describe("in a browser of its own", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("signing out leaves in every tab", async ({ page, context }) => {
    await page.goto("/");
    await signIn(page);
    await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
    const other = await context.newPage();
    await other.goto("/incidents");
    await expect(other.getByRole("heading", { name: "Incidents", exact: true })).toBeVisible();
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  });
});
