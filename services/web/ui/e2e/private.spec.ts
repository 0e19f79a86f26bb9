import { expect, test, unique } from "./console";
import { act, declareInSlack, pressDirectly } from "./sandbox";

test("a private incident is sealed until an admin opens it", async ({ page, request }) => {
  const title = unique("Salaries leaked");
  await declareInSlack(request, "bob", title, true);
  await page.goto("/incidents");
  const first = page.getByRole("list", { name: "Incidents" }).getByRole("link").first();
  await expect(first).toHaveText("Private incident");
  await expect(page.getByText(title)).toHaveCount(0);
  await first.click();
  await expect(page.getByRole("heading", { level: 1, name: "Private incident" })).toBeVisible();
  await page.getByRole("button", { name: "Open it …" }).click();
  const dialog = page.getByRole("dialog", { name: "Open a private incident" });
  await expect(dialog).toContainText("audit log");
  await dialog.getByRole("button", { name: "Open it" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send update" })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("button", { name: "Open it …" })).toBeVisible();
});

test("who says in Slack that it is them is connected, and sees what they are in", async ({
  page,
  request,
}) => {
  const title = unique("A laptop was lost");
  await page.goto("/");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("button", { name: "Connect Slack" }).click();
  await expect(page.getByRole("alert")).toContainText("Nobody in Slack has the e-mail admin@admin.com.");

  await act(request, "frank", { act: "change_email", email: "admin@admin.com" });
  await expect(async () => {
    await page.getByRole("button", { name: "Connect Slack" }).click();
    await expect(page.getByText(/incident-bot sent .* a direct message/)).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await pressDirectly(request, "frank", "Is the console account admin@admin.com", "Yes, that's me");
  await expect(page.getByText("Connected to Slack as frank.")).toBeVisible();

  await declareInSlack(request, "frank", title, true);
  await page.goto("/incidents");
  await page.getByRole("link", { name: title }).click();
  await page.getByRole("button", { name: "Claim Technical lead" }).click();
  await expect(page.getByRole("region", { name: "Roles" }).getByText("frank", { exact: true })).toBeVisible();
});
