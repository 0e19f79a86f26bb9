import { test as base, expect, type Page } from "@playwright/test";
import { ADMIN_EMAIL, environment } from "./environment";

/** A test in which the browser never had to refuse anything that the page asked for. */
export const test = base.extend<{ policy: undefined }>({
  policy: [
    async ({ page }, use) => {
      const refused: string[] = [];
      page.on("console", (message) => {
        if (/content security policy/i.test(message.text())) refused.push(message.text());
      });
      await use(undefined);
      expect(refused, "the Content-Security-Policy was broken").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export async function signIn(page: Page, password = environment().adminPassword, email = ADMIN_EMAIL) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A text that no other test and no earlier run has used. */
export function unique(text: string): string {
  return `${text} ${crypto.randomUUID().slice(0, 8)}`;
}

interface Wish {
  description: string;
  severity?: RegExp;
  private?: boolean;
}

/** Declares an incident in the console's dialog and waits until its page is shown. */
export async function declare(page: Page, { description, severity, private: isPrivate = false }: Wish) {
  await page.getByRole("button", { name: "Declare incident" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Declare an incident" });
  await dialog.getByLabel("Description").fill(description);
  if (severity) await dialog.getByRole("radio", { name: severity }).check();
  if (isPrivate) await dialog.getByRole("switch", { name: /^Private incident/ }).check();
  await dialog.getByRole("button", { name: "Declare", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/\/incidents\/[0-9a-f-]{36}$/);
}

/** The name of the incident's channel, once it is there. */
export async function channelOf(page: Page): Promise<string> {
  const name = page.getByText(/^#inc-/).first();
  await expect(name).toBeVisible();
  return ((await name.textContent()) ?? "").replace("#", "");
}

/** Chooses in one of the menus of the incident's page. */
export async function choose(page: Page, menu: "Severity" | "Status", choice: RegExp) {
  await page.getByRole("button", { name: new RegExp(`^${menu}: `) }).click();
  await page.getByRole("menuitemradio", { name: choice }).click();
}

/** Looks somebody up in a field for people, with the keyboard. */
export async function lookUp(page: Page, label: string, name: string) {
  const field = page.getByRole("combobox", { name: label });
  await field.click();
  await field.pressSequentially(name);
  await expect(page.getByRole("option", { name: new RegExp(name) }).first()).toBeVisible();
  await field.press("Enter");
  await expect(field).toHaveValue(new RegExp(name));
}
