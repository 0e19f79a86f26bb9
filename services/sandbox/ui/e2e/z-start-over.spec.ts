import { declare, expect, openAs, sidebar, test } from "./page";

test("after starting over everything is empty and declaring works", async ({ page }) => {
  await openAs(page, "alice");
  const old = await declare(page, "Before it begins anew");
  await page.getByRole("button", { name: "Make trouble" }).click();
  const trouble = page.getByRole("complementary", { name: "Trouble" });
  await trouble.getByRole("button", { name: "Start over" }).click();
  await trouble.getByRole("button", { name: "Yes, start over" }).click();
  await expect(sidebar(page).getByText(old)).toHaveCount(0);
  await expect(page.getByText("Press ⚡ Shortcuts below")).toBeVisible();
  await declare(page, "Afterwards all is well");
});
