import { expect, test } from "./console";
import { environment } from "./environment";

test("a vendor that refuses us is seen, and seen again when it is mended", async ({ page, request }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Checks" }).click();
  const worker = page.getByRole("list", { name: /^Worker/ });
  const pagerduty = worker.getByRole("listitem").filter({ hasText: "Pagerduty" });
  await expect(pagerduty).toContainText("OK");
  await expect(page.getByRole("list", { name: /^Gateway/ })).toContainText("Socket");
  await expect(page.getByRole("list", { name: "Web" })).toContainText("Database");

  const checkAgain = async () => {
    await page.getByRole("button", { name: "Check again" }).click();
    await expect(page.getByText("Checking …")).toBeHidden({ timeout: 40_000 });
  };
  const refuse = await request.post(`${environment().sandboxUrl}/sandbox/faults`, {
    data: { method: "pagerduty.list_users", harm: { kind: "status", value: 401 } },
  });
  expect(refuse.ok(), await refuse.text()).toBe(true);
  await checkAgain();
  await expect(pagerduty).toContainText("Failed", { timeout: 30_000 });
  await expect(pagerduty).toContainText("Teams cannot be paged.");

  await request.delete(`${environment().sandboxUrl}/sandbox/faults`);
  await checkAgain();
  await expect(pagerduty).toContainText("OK", { timeout: 30_000 });
});
