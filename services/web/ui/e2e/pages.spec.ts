import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { channelOf, declare, expect, lookUp, test, unique } from "./console";
import { PNG, act, declareInSlack, pinImage } from "./sandbox";

/** The page of the newest incident. */
async function openFirst(page: Page) {
  await page.goto("/incidents");
  await page.getByRole("list", { name: "Incidents" }).getByRole("link").first().click();
  await expect(page.getByRole("list", { name: "Timeline" })).toBeVisible();
}

/** The form that pages a team, with one chosen, on the page of the newest incident. */
async function openPageDialog(page: Page) {
  await openFirst(page);
  await page.getByRole("button", { name: "Page a team" }).click();
  await page.getByRole("combobox", { name: "Team" }).pressSequentially("paym");
  await page.getByRole("option").first().click();
  await expect(page.getByRole("combobox", { name: "Who" })).toBeVisible();
}

/** Pages a team for the newest incident. */
async function pageATeam(page: Page) {
  await openPageDialog(page);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Page", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("list", { name: "Pages" })).toBeVisible();
}

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
    open: openFirst,
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
    name: "severity menu",
    open: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: /^Severity: / }).click();
      await expect(page.getByRole("menuitemradio").first()).toBeVisible();
    },
  },
  {
    name: "role dialog",
    open: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: "Assign Technical lead" }).click();
      await page.getByRole("combobox", { name: "Person" }).pressSequentially("a");
      await expect(page.getByRole("option").first()).toBeVisible();
    },
  },
  {
    name: "role menu",
    open: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: "Assign Technical lead" }).click();
      await lookUp(page, "Person", "bob");
      await page.getByRole("dialog").getByRole("button", { name: "Assign" }).click();
      await page.getByRole("button", { name: "Change Technical lead" }).click();
      await expect(page.getByRole("menuitem").first()).toBeVisible();
    },
  },
  {
    name: "update dialog",
    open: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: "Send update" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Send" }).click();
      await expect(dialog.getByText("Describe the current state.")).toBeVisible();
    },
  },
  {
    name: "resolve dialog",
    open: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: "Resolve" }).click();
      await expect(page.getByRole("dialog").getByText("What happens next")).toBeVisible();
    },
  },
  {
    name: "timeline entry",
    open: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: "Add an entry" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Add" }).click();
      await expect(dialog.getByText("Say what happened.")).toBeVisible();
    },
  },
  {
    name: "jobs",
    open: async (page) => {
      await page.goto("/jobs");
      await expect(page.getByRole("table", { name: "Queues" })).toBeVisible();
    },
  },
  {
    name: "checks",
    open: async (page) => {
      await page.goto("/checks");
      await expect(page.getByRole("list", { name: /^Worker/ })).toBeVisible();
    },
  },
  {
    name: "on call",
    open: async (page) => {
      await page.goto("/on-call");
      await expect(page.getByRole("list", { name: "On call for Payments" })).toBeVisible();
    },
  },
  {
    name: "page dialog",
    open: openPageDialog,
  },
  {
    name: "who will be called",
    open: async (page) => {
      await openPageDialog(page);
      await page.getByRole("dialog").getByLabel("Message").fill("Look at the gateway first");
      await page.getByRole("button", { name: "Next" }).click();
      await expect(page.getByRole("dialog")).toContainText("PagerDuty will page");
    },
  },
  {
    name: "pages",
    open: pageATeam,
  },
  {
    name: "resolve dialog with pages",
    open: async (page) => {
      await pageATeam(page);
      await page.getByRole("button", { name: "Resolve" }).click();
      await expect(page.getByRole("checkbox", { name: /^Resolve its pages too/ })).toBeChecked();
    },
  },
  {
    name: "settings",
    open: async (page) => {
      await page.goto("/settings");
      await expect(page.getByRole("link", { name: /^Severities/ })).toBeVisible();
    },
  },
  {
    name: "severities",
    open: async (page) => {
      await page.goto("/settings/severities");
      await page.getByRole("button", { name: "Add severity" }).click();
      await page.getByRole("button", { name: "Save changes" }).click();
      await expect(page.getByText("This is needed.").first()).toBeVisible();
    },
  },
  {
    name: "reminders",
    open: async (page) => {
      await page.goto("/settings/reminders");
      // Its input has no size: people press the field around it, or keys.
      await page.getByRole("combobox", { name: "Mentioned roles" }).press("ArrowDown");
      await expect(page.getByRole("option").first()).toBeVisible();
    },
  },
  {
    name: "RCA document",
    open: async (page) => {
      await page.goto("/settings/rca-document");
      await page.getByRole("button", { name: "Placeholders" }).click();
      await page.getByRole("combobox", { name: "Incident" }).click();
      await page.getByRole("option").first().click();
      await page.getByRole("button", { name: "Preview" }).click();
      const shown = page.getByRole("region", { name: "The document" });
      await expect(shown.getByRole("heading", { name: "Timeline" })).toBeVisible();
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
    name: "pinned messages",
    open: async (page) => {
      await openFirst(page);
      const channel = await channelOf(page);
      await act(page.request, "alice", { act: "join", channel });
      await pinImage(page.request, "alice", channel, "graph.png", PNG);
      await expect(page.getByRole("img", { name: "“graph.png” of alice" })).toBeVisible();
    },
  },
  {
    name: "entry menu",
    open: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: "Add an entry" }).click();
      await page.getByRole("dialog").getByLabel("What happened").fill("The deploy went out");
      await page.getByRole("dialog").getByRole("button", { name: "Add" }).click();
      await page.getByRole("button", { name: /^Change the entry/ }).click();
      await expect(page.getByRole("menuitem").first()).toBeVisible();
    },
  },
  {
    name: "sealed incident",
    open: async (page) => {
      await declareInSlack(page.request, "bob", unique("Salaries leaked"), true);
      await page.goto("/incidents");
      await page
        .getByRole("list", { name: "Incidents" })
        .getByRole("link", { name: "Private incident" })
        .first()
        .click();
      await page.getByRole("button", { name: "Open it …" }).click();
      await expect(page.getByRole("dialog")).toContainText("audit log");
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
  // A colour on its way to another one has the contrast of neither.
  await page.waitForFunction(() =>
    document.getAnimations().every((one) => !(one instanceof CSSTransition) || one.playState === "finished"),
  );
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
