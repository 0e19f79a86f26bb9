import { fileURLToPath } from "node:url";
import type { APIRequestContext, Page } from "@playwright/test";
import { channelOf, declare, expect, test } from "./console";
import { environment } from "./environment";
import { act, claimInSlack, closeModal, declareInSlack, findMessage, openModal } from "./sandbox";

const TITLE = "Payments fail for EU customers";

const fileOf = (name: string) => fileURLToPath(new URL(`../../../../docs/${name}.png`, import.meta.url));

async function picture(page: Page, name: string) {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: fileOf(name), animations: "disabled" });
}

/** Shows the sandbox's Slack as alice sees it. */
async function showSlack(page: Page, path: string) {
  await page.goto(`${environment().sandboxUrl}${path}?as=alice`);
}

/** A modal as alice sees it, opened by what she does. */
async function showModal(page: Page, request: APIRequestContext, name: string, open: object) {
  await openModal(request, "alice", open);
  await expect(page.getByRole("dialog")).toBeVisible();
  await picture(page, name);
  await closeModal(request, "alice");
  await expect(page.getByRole("dialog")).toBeHidden();
}

// `npm run screenshots`, on a fresh system: the pictures in docs/.
test("an incident in the console and in Slack @screenshots", async ({ page, request }) => {
  test.setTimeout(180_000);
  await page.goto("/");
  await declareInSlack(request, "bob", "E-mails to new customers are late");
  await declare(page, { description: "Search is slow in the app", severity: /SEV3/ });
  await declareInSlack(request, "alice", TITLE);
  await page.goto("/");
  await page.getByRole("link", { name: TITLE }).first().click();
  const channel = await channelOf(page);
  await expect(page.getByRole("link", { name: "Open in Slack" })).toBeVisible();

  await claimInSlack(request, "alice", channel, TITLE, "Incident commander");
  await claimInSlack(request, "bob", channel, TITLE, "Technical lead");
  const panel = async () => {
    const message = await findMessage(request, "alice", channel, TITLE, "panel.more");
    return { channel, ts: message?.ts };
  };
  await expect.poll(async () => (await panel()).ts).toBeTruthy();
  const at = await panel();
  await act(request, "alice", { act: "use", at, which: "severity.set", value: "sev1" });
  await act(request, "bob", {
    act: "say",
    channel,
    text: "The gateway answers 502 since the deploy of 14:00.",
  });
  await act(request, "alice", { act: "use", at, which: "status.set", value: "identified" });
  await expect(page.getByText("set the status to Identified.")).toBeVisible();

  await page.goto("/");
  await expect(page.getByRole("list", { name: "Open incidents, newest first" })).toBeVisible();
  await picture(page, "console");
  await page.getByRole("link", { name: TITLE }).first().click();
  await expect(page.getByText("set the status to Identified.")).toBeVisible();
  await picture(page, "console-incident");

  await showSlack(page, `/archives/${channel}`);
  await expect(page.getByText("set the status to Identified.").first()).toBeVisible();
  await picture(page, "sandbox");
  await showModal(page, request, "modal-declare", { act: "shortcut", callback_id: "open_incident_modal" });
  await showModal(page, request, "modal-update", { act: "use", at, which: "update.open" });
  await showModal(page, request, "modal-timeline", { act: "use", at, which: "timeline.open" });
  await showModal(page, request, "modal-page", { act: "use", at, which: "Page a team" });
  await showModal(page, request, "modal-resolve", {
    act: "use",
    at,
    which: "status.set",
    value: "resolved",
  });
  await showSlack(page, "/archives/incidents");
  await expect(page.getByText(TITLE).first()).toBeVisible();
  await picture(page, "digest");
  await act(request, "alice", { act: "open_home" });
  await showSlack(page, "/home");
  await expect(page.getByText(TITLE).first()).toBeVisible();
  await picture(page, "home");
});
