import { channelOf, declare, expect, lookUp, test, unique } from "./console";
import { acknowledgePage, findMessage } from "./sandbox";

test("who is on call is found, and read again", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "On call" }).click();
  const payments = page.getByRole("list", { name: "On call for Payments" });
  await expect(payments.getByRole("listitem").first()).toContainText(/until/);
  await page.getByRole("button", { name: "Refresh" }).click();
  await expect(page.getByText("Synced just now")).toBeVisible();
  await page.getByRole("searchbox", { name: "Team or person" }).fill("nobody of this name");
  await expect(page.getByText("No team or person on call matches")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(payments).toBeVisible();
});

test("a team is paged from the console, and who takes it shows without reloading", async ({
  page,
  request,
}) => {
  const title = unique("Cards are refused");
  await page.goto("/");
  await declare(page, { description: title });
  const channel = await channelOf(page);
  await page.getByRole("button", { name: "Page a team" }).click();
  const dialog = page.getByRole("dialog", { name: "Page a team" });
  await dialog.getByRole("combobox", { name: "Team" }).pressSequentially("paym");
  await page.getByRole("option", { name: /Payments/ }).click();
  const message = unique("Look at the gateway first");
  await dialog.getByLabel("Message").fill(message);
  await dialog.getByRole("button", { name: "Next" }).click();
  await expect(dialog.getByText(/^PagerDuty will page .+ \(Payments\)/)).toBeVisible();
  await dialog.getByRole("button", { name: "Page", exact: true }).click();
  await expect(dialog).toBeHidden();

  const pages = page.getByRole("list", { name: "Pages" });
  await expect(pages.getByText("Sent, not acknowledged yet")).toBeVisible();
  await expect(pages.getByText(message)).toBeVisible();
  const told = () => findMessage(request, "alice", channel, "Payments");
  await expect.poll(async () => Boolean(await told())).toBe(true);
  await acknowledgePage(request, "frank", title);
  await expect(pages.getByText(/^Acknowledged by frank/)).toBeVisible();

  await page.getByRole("button", { name: "Resolve" }).click();
  const resolve = page.getByRole("dialog", { name: "Resolve this incident" });
  await expect(resolve.getByRole("checkbox", { name: /^Resolve its pages too/ })).toBeChecked();
  await lookUp(page, "Incident commander", "alice");
  await lookUp(page, "Technical lead", "bob");
  await resolve.getByRole("button", { name: "Resolve" }).click();
  await expect(pages.getByText("Resolved, was acknowledged by frank")).toBeVisible();
});
