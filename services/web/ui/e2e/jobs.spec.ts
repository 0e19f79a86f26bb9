import { channelOf, declare, expect, test, unique } from "./console";
import { environment } from "./environment";

test("what Slack refused is given up, said, and tried again", async ({ page, request }) => {
  const title = unique("Exports are empty");
  const refuse = await request.post(`${environment().sandboxUrl}/sandbox/faults`, {
    data: { method: "conversations.create", harm: { kind: "error", value: "restricted_action" } },
  });
  expect(refuse.ok(), await refuse.text()).toBe(true);
  await page.goto("/");
  await declare(page, { description: title });
  const timeline = page.getByRole("list", { name: "Timeline" });
  await expect(timeline.getByText(/^Problem: /)).toBeVisible();

  await page.getByRole("link", { name: "Jobs" }).click();
  const job = page
    .getByRole("list", { name: "Failed jobs" })
    .getByRole("listitem")
    .filter({ hasText: title });
  await expect(job).toContainText("Create channel");
  await expect(job).toContainText("don't allow it");
  await request.delete(`${environment().sandboxUrl}/sandbox/faults`);
  await job.getByRole("link", { name: title }).click();
  await timeline.getByRole("button", { name: "Retry" }).click();
  await channelOf(page);
  await page.goto("/jobs");
  await expect(page.getByRole("table", { name: "Queues" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Failed jobs" }).getByText(title)).toHaveCount(0);
});
