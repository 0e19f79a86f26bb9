import { declare, expect, openAs, sidebar, test } from "./page";

test("after starting over everything is empty and declaring works", async ({ page }) => {
  // The services stop, and start again with an empty database.
  test.setTimeout(300_000);
  await openAs(page, "alice");
  const old = await declare(page, "Before it begins anew");
  await page.getByRole("button", { name: "Make trouble" }).click();
  const trouble = page.getByRole("complementary", { name: "Trouble" });
  await trouble.getByRole("button", { name: "Start over" }).click();
  await trouble.getByRole("button", { name: "Yes, start over" }).click();
  await expect(sidebar(page).getByText(old)).toHaveCount(0, { timeout: 120_000 });
  await expect(sidebar(page).getByText(/[1-9] connections?/)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText("Starting over")).toBeHidden();
  await expect(page.getByText("Press ⚡ Shortcuts below")).toBeVisible();
  await declare(page, "Afterwards all is well");
});
