import { fileURLToPath } from "node:url";
import { declare, expect, test } from "./console";
import { declareInSlack } from "./sandbox";

const FILE = fileURLToPath(new URL("../../../../docs/console.png", import.meta.url));

// `npm run screenshots`, on a fresh system: the picture in the README.
test("the dashboard @screenshots", async ({ page, request }) => {
  await page.goto("/");
  await declareInSlack(request, "bob", "E-mails to new customers are late");
  await declare(page, { description: "Search is slow in the app", severity: /SEV3/ });
  await declareInSlack(request, "alice", "Exports end with an empty file");
  await declare(page, { description: "Payments fail for EU customers", severity: /SEV1/ });
  await expect(page.getByRole("link", { name: "Open in Slack" })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("list", { name: "Open incidents, newest first" })).toBeVisible();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: FILE, animations: "disabled" });
});
