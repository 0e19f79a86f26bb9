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
      await expect(page.getByRole("radio").first()).toBeVisible();
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

test.use({ contextOptions: { reducedMotion: "reduce" } });

for (const colorScheme of ["light", "dark"] as const) {
  for (const [device, viewport] of [
    ["desktop", { width: 1280, height: 800 }],
    ["phone", { width: 375, height: 740 }],
  ] as const) {
    test.describe(`${colorScheme}, ${device}`, () => {
      test.use({ colorScheme, viewport });
      for (const { name, open } of PAGES) {
        test(name, async ({ page }) => {
          await open(page);
          const { violations } = await new AxeBuilder({ page }).analyze();
          expect(
            violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
          ).toEqual([]);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          expect(width, "nothing sticks out to the side").toBeLessThanOrEqual(viewport.width);
        });
      }
    });
  }
}
