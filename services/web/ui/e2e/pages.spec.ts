import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { declare, expect, test, unique } from "./console";

/** Each page, and what shows that it is there. */
const PAGES: { name: string; open: (page: Page) => Promise<void> }[] = [
  {
    name: "dashboard",
    open: async (page) => {
      await page.goto("/");
      await expect(page.getByRole("list", { name: "Open incidents, newest first" })).toBeVisible();
    },
  },
  {
    name: "incidents",
    open: async (page) => {
      await page.goto("/incidents?state=all");
      await expect(page.getByRole("list", { name: "Incidents" })).toBeVisible();
    },
  },
  {
    name: "incident",
    open: async (page) => {
      await page.goto("/incidents");
      await page.getByRole("list", { name: "Incidents" }).getByRole("link").first().click();
      await expect(page.getByRole("list", { name: "Timeline" })).toBeVisible();
    },
  },
  {
    name: "dialog",
    open: async (page) => {
      await page.goto("/incidents");
      await page.getByRole("button", { name: "Declare incident" }).first().click();
      await expect(page.getByRole("dialog").getByRole("radio").first()).toBeVisible();
    },
  },
  {
    name: "account",
    open: async (page) => {
      await page.goto("/incidents");
      await page.getByRole("button", { name: /^Account of/ }).click();
      await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
    },
  },
  {
    name: "nothing found",
    open: async (page) => {
      await page.goto("/incidents/018f0000-0000-7000-8000-00000000dead");
      await expect(page.getByRole("heading", { name: "There is no such incident" })).toBeVisible();
    },
  },
  {
    name: "sign-in",
    open: async (page) => {
      await page.context().clearCookies();
      await page.goto("/");
      await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    },
  },
];

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  await page.goto("/");
  await declare(page, { description: unique(`A long title ${"that goes on ".repeat(7)}`), severity: /SEV1/ });
  await page.close();
});

test.use({ colorScheme: "light", contextOptions: { reducedMotion: "reduce" } });

const PHONE = { width: 375, height: 740 };

async function expectAccessible(page: Page, when: string) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  expect(found, when).toEqual([]);
}

for (const { name, open } of PAGES) {
  test(`${name}: accessible in light and dark, and fits on a phone`, async ({ page }) => {
    await open(page);
    await expectAccessible(page, "light");
    // The page follows the system without a reload.
    await page.emulateMedia({ colorScheme: "dark" });
    await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
    await expectAccessible(page, "dark");
    await page.setViewportSize(PHONE);
    await expectAccessible(page, "phone");
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, "nothing sticks out to the side").toBeLessThanOrEqual(PHONE.width);
  });
}
