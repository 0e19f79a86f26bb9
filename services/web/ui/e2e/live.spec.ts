import { declare, expect, test, unique } from "./console";
import { declareInSlack } from "./sandbox";

test("an incident declared in Slack appears without reloading", async ({ page, request }) => {
  const title = unique("Search is slow");
  await page.goto("/incidents");
  await expect(page.getByRole("heading", { name: "Incidents", exact: true })).toBeVisible();
  await declareInSlack(request, "alice", title);
  await expect(page.getByRole("link", { name: title })).toBeVisible();

  await page.getByRole("link", { name: title }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(page.getByRole("link", { name: "Open in Slack" })).toBeVisible();
});

test("an incident declared in another window appears in list and dashboard", async ({ page, context }) => {
  const title = unique("E-mails are late");
  await page.goto("/incidents?state=all");
  await expect(page.getByRole("heading", { name: "Incidents", exact: true })).toBeVisible();
  const dashboard = await context.newPage();
  await dashboard.goto("/");
  await expect(dashboard.getByRole("heading", { name: "Dashboard" })).toBeVisible();
  const other = await context.newPage();
  await other.goto("/");
  await declare(other, { description: title });

  await expect(page.getByRole("link", { name: title })).toBeVisible();
  await expect(dashboard.getByRole("link", { name: title })).toBeVisible();
});

test("words that are looked for find it, and only what fits", async ({ page }) => {
  const title = unique("Backups failed");
  await page.goto("/");
  await declare(page, { description: title, severity: /SEV3/ });
  const word = title.split(" ").at(-1) ?? "";
  await page.goto("/incidents");
  await page.getByLabel("Search titles and descriptions").fill(word.toUpperCase());
  await expect(page.getByText("1 open incident", { exact: true })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`q=${word.toUpperCase()}`));
  await page.reload();
  await expect(page.getByRole("link", { name: title })).toBeVisible();
  await page.goto(`/incidents?q=${word}&state=resolved`);
  await expect(page.getByText("No incident matches")).toBeVisible();
});
