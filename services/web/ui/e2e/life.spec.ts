import { channelOf, choose, declare, expect, lookUp, test, unique } from "./console";
import { claimInSlack, findMessage } from "./sandbox";

test("a severity that is raised in the console shows in Slack's panel and digest", async ({
  page,
  request,
}) => {
  const title = unique("Payments fail for EU customers");
  await page.goto("/");
  await declare(page, { description: title, severity: /SEV3/ });
  const channel = await channelOf(page);
  await choose(page, "Severity", /SEV1/);
  await expect(page.getByRole("button", { name: "Severity: SEV1", exact: true })).toBeVisible();
  await expect(page.getByText(/raised the severity from SEV3 to SEV1/)).toBeVisible();

  for (const where of [channel, "incidents"]) {
    const text = async () => (await findMessage(request, "alice", where, title))?.text;
    await expect.poll(text, { message: where }).toMatch(/🟥 SEV1/);
  }
  const notice = () => findMessage(request, "alice", channel, "raised the severity from SEV3 to SEV1");
  await expect.poll(async () => Boolean(await notice())).toBe(true);
});

test("a role that is claimed in Slack shows in the console without reloading", async ({ page, request }) => {
  const title = unique("Search is slow");
  await page.goto("/");
  await declare(page, { description: title });
  const channel = await channelOf(page);
  const roles = page.getByRole("region", { name: "Roles" });
  await expect(roles.getByRole("button", { name: "Assign Incident commander" })).toBeVisible();
  await claimInSlack(request, "bob", channel, title, "Incident commander");
  await expect(roles.getByText("bob", { exact: true })).toBeVisible();
  await expect(page.getByText("bob is now Incident commander.")).toBeVisible();
  await page.goto("/incidents");
  const row = page.getByRole("listitem").filter({ hasText: title });
  await expect(row.getByText(/commander bob/)).toBeVisible();
});

test("an update is sent from the console and read in Slack", async ({ page, request }) => {
  const title = unique("E-mails are late");
  await page.goto("/");
  await declare(page, { description: title });
  await channelOf(page);
  await page.getByRole("button", { name: "Send update" }).click();
  const dialog = page.getByRole("dialog", { name: "Send an update" });
  await dialog.getByLabel("Affected").fill("mails to new customers");
  const message = unique("A queue was full; it is being emptied.");
  await dialog.getByLabel("Message").fill(message);
  await page.keyboard.press("Control+Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("region", { name: "Last update" }).getByText(message)).toBeVisible();
  const digest = async () => JSON.stringify(await findMessage(request, "alice", "incidents", title));
  await expect.poll(digest).toContain(message);
});

test("an incident is resolved from the console, and opened again", async ({ page, request }) => {
  const title = unique("Exports are empty");
  await page.goto("/");
  await declare(page, { description: title, severity: /SEV2/ });
  await channelOf(page);
  await choose(page, "Status", /Resolved/);
  const dialog = page.getByRole("dialog", { name: "Resolve this incident" });
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await expect(dialog.getByText("Choose who has or had this role.")).toHaveCount(2);
  await lookUp(page, "Incident commander", "alice");
  await lookUp(page, "Technical lead", "bob");
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await expect(dialog).toBeHidden();

  await expect(page.getByRole("button", { name: /^Status: Resolved after/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Roles" }).getByText("bob", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "Open the post-incident channel" })).toBeVisible();
  const digest = async () => (await findMessage(request, "alice", "incidents", title))?.text;
  await expect.poll(digest).toMatch(/^✅/);

  await page.getByRole("button", { name: "Reopen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reopen" }).click();
  await expect(page.getByRole("button", { name: "Status: Investigating" })).toBeVisible();
  await expect.poll(digest).toMatch(/^🟧/);
});
