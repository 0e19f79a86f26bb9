import { expect, test } from "@playwright/test";
import { signIn } from "./console";

test("the admin signs in", async ({ page }) => {
  await page.goto("/");
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  await page.context().storageState({ path: "test-results/session.json" });
});
