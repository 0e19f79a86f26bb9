import { expect, signIn, test } from "./console";

test.use({ storageState: { cookies: [], origins: [] } });

test("a wrong password and an unknown e-mail are answered alike", async ({ page }) => {
  await page.goto("/");
  await signIn(page, "certainly wrong");
  const alert = page.getByRole("alert");
  await expect(alert).toBeVisible();
  const answer = await alert.textContent();

  await page.reload();
  await signIn(page, "certainly wrong", "nobody@example.com");
  await expect(alert).toHaveText(answer ?? "");
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
});

test("leads to the page that was asked for, and out again", async ({ page }) => {
  await page.goto("/incidents?state=all&q=payments");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Incidents", exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/incidents\?state=all&q=payments$/);

  await page.getByRole("button", { name: /^Account of/ }).click();
  // The page is loaded anew; to go elsewhere before that is there would race with it.
  const left = page.waitForEvent("load");
  await page.getByRole("button", { name: "Sign out" }).click();
  await left;
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto("/incidents");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("the session's cookie is out of reach for scripts", async ({ page, context }) => {
  await page.goto("/");
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  expect(await page.evaluate(() => document.cookie)).toBe("");
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true });
  expect(["Lax", "Strict"]).toContain(cookie?.sameSite);
});
