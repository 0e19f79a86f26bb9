import { expect, test } from "./console";

test("a provider is no longer looked at, and looked at again", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Settings" }).click();
  const part = page.getByRole("region", { name: "Upstream providers" });
  const heroku = part.getByRole("listitem").filter({ hasText: "Heroku" });
  await expect(heroku).toContainText(/read (just now|\d)/);
  const field = part.getByRole("combobox", { name: "Providers" });
  const save = async () => {
    await part.getByRole("button", { name: "Save" }).click();
    await expect(part.getByText("Saved. They are checked from now on.")).toBeVisible();
  };

  await part.getByText("heroku", { exact: true }).locator("..").locator("button").click();
  await expect(part.getByText("Not saved yet.")).toBeVisible();
  await save();
  await expect(heroku).toBeHidden();

  await field.fill("Heroku");
  await field.press("Enter");
  await save();
  await expect(heroku).toContainText(/read (just now|\d)/);

  await field.fill("gitlab");
  await field.press("Enter");
  await part.getByRole("button", { name: "Save" }).click();
  await expect(part.getByText(/“gitlab” is not a provider: use one of auth0/)).toBeVisible();
  await expect(field).toBeFocused();
});
