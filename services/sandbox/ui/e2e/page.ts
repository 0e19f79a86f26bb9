/** What every test does on the page, and noticing whatever goes wrong meanwhile. */

import { expect, type Locator, type Page, test as base } from "@playwright/test";

/** A page on which no error may be logged or shown. */
export const test = base.extend({
  page: async ({ page }, runTest) => {
    const wrong = noticeErrors(page);
    await runTest(page);
    expect(wrong, "errors in the browser").toEqual([]);
  },
});

export { expect };

export function noticeErrors(page: Page): string[] {
  const wrong: string[] = [];
  page.on("console", (message) => {
    // A channel can be deleted while it is being read again.
    const ofChannel = /\/sandbox\/people\/\w+\/channels\/\w+$/.test(message.location().url);
    if (message.type() === "error" && !ofChannel) {
      wrong.push(message.text());
    }
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  return wrong;
}

export const sidebar = (page: Page) => page.getByRole("navigation", { name: "Workspace" });

/** The name of the channel that is shown. */
export const title = (page: Page) => page.getByRole("main").getByRole("heading", { level: 1 });

/** Opens the page as somebody, in a channel of this name; without what another test left open. */
export async function openAs(page: Page, who: string, channel = "incidents"): Promise<void> {
  const person = `/sandbox/people/${who}`;
  const { views } = (await (await page.request.get(person)).json()) as { views: { id: string }[] };
  for (const { id } of views.reverse()) {
    await page.request.post(`${person}/act`, { data: { act: "close", view: id } });
  }
  await page.goto(`/?as=${who}`);
  await openChannel(page, channel);
}

export async function openChannel(page: Page, channel: string): Promise<void> {
  await sidebar(page).getByRole("button", { name: channel, exact: false }).first().click();
  await expect(title(page)).toContainText(channel);
}

/** Writes into the channel that is shown. */
export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole("textbox", { name: /^Message / });
  await field.fill(text);
  await field.press("Enter");
  await expect(field).toHaveValue("");
}

/** The newest message that contains a text. */
export const message = (page: Page, text: string): Locator =>
  page.locator(".message", { hasText: text }).last();

/** Declares an incident with the shortcut, opens its channel, and gives the channel's name. */
export async function declare(page: Page, description: string): Promise<string> {
  await page.getByRole("button", { name: "⚡ Shortcuts" }).click();
  await page.getByRole("menuitem", { name: "Start a new incident" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("textarea").first().fill(description);
  await dialog.locator("footer button[type=submit]").click();
  await expect(dialog).toBeHidden();
  const word = description.toLowerCase().split(" ")[0] ?? "";
  await sidebar(page)
    .getByRole("button", { name: new RegExp(`-${word}`) })
    .first()
    .click();
  await expect(page.locator(".message .element").first()).toBeVisible();
  return (await title(page).innerText()).replace(/^[#🔒] /u, "");
}
