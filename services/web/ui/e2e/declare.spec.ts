import { declare, expect, test, unique } from "./console";

test("an incident declared in the console gets its page and its channel", async ({ page }) => {
  const title = unique("Payments fail for EU customers");
  await page.goto("/incidents");
  await declare(page, { description: `${title}\n\nSince the deploy at 13:55.`, severity: /SEV2/ });

  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(page.getByText("SEV2").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Description" })).toContainText("Since the deploy at 13:55.");
  // The channel is made by the worker and shows up by itself.
  await expect(page.getByRole("link", { name: "Open in Slack" })).toBeVisible();
  await expect(page.getByText(/^#inc-/)).toBeVisible();
  await expect(page.getByRole("list", { name: "Timeline" }).getByRole("listitem").first()).toBeVisible();
});

test("odd texts are shown as they were typed, mentions as in Slack", async ({ page }) => {
  const title = unique('🔥 "Платежи" <!channel> & <b>الدفع</b>');
  await page.goto("/");
  await declare(page, { description: `${title}\n  indented\n\nend` });
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  const text = await page.getByRole("region", { name: "Description" }).innerText();
  expect(text).toContain(`${title.replace("<!channel>", "@channel")}\n  indented\n\nend`);
});

test("the keyboard is enough", async ({ page }) => {
  const title = unique("Declared with the keyboard");
  await page.goto("/incidents");
  await expect(page.getByRole("heading", { name: "Incidents", exact: true })).toBeVisible();
  await page.keyboard.press("c");
  const description = page.getByRole("textbox", { name: "Description", exact: true });
  await expect(description).toBeFocused();
  await page.keyboard.type(title);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("c");
  await expect(description).toHaveValue(title);
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
});

test("what is wrong is said at the field", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Declare incident" }).first()).toBeVisible();
  await page.keyboard.press("c");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Declare", exact: true }).click();
  await expect(dialog.getByText("Describe what is happening in a few words.")).toBeVisible();
  await expect(dialog.getByLabel("Description")).toBeFocused();
  await dialog.getByLabel("Description").fill("x".repeat(3001));
  await expect(dialog.getByText("3,001 of 3,000 characters")).toBeVisible();
  await dialog.getByRole("button", { name: "Declare", exact: true }).click();
  await expect(dialog.getByText("This is 1 character too long.")).toBeVisible();
});

test("a private incident is marked, and its declarer sees it", async ({ page }) => {
  const title = unique("A laptop was lost");
  await page.goto("/");
  await declare(page, { description: title, private: true });
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(page.getByText("Private", { exact: true })).toBeVisible();
});
