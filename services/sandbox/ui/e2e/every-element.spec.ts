/**
 * Presses every element that the sandbox shows: whatever is there is found by walking, so that a new button is
 * pressed without a word about it here.
 */

import type { Locator, Page, Response } from "@playwright/test";
import { declare, expect, openAs, openChannel, say, sidebar, test } from "./page";

/** What is left alone: it takes away the place that is walked. */
const spared = /archive/i;
/** A modal that leads into itself is not walked for ever. */
const deepest = 4;

class Walk {
  /** Element kinds that were used. */
  readonly kinds = new Set<string>();
  readonly #done = new Set<string>();

  constructor(readonly page: Page) {
    // Links open beside the page; what they show is not ours.
    page.context().on("page", (other) => void other.close());
  }

  /** Uses everything in a place, and what that opens. */
  async through(name: string, place: Locator): Promise<void> {
    for (;;) {
      await this.#modals(1);
      const next = await this.#next(place);
      if (next === null) {
        return;
      }
      await test.step(`${name}: ${next.kind} ${next.key}`, async () => {
        this.kinds.add(next.kind);
        await this.#use(next.kind, next.element);
      });
    }
  }

  /** Walks the form that is open. */
  async form(): Promise<void> {
    await this.#modals(1);
  }

  /** The first element whose like was not used yet. Ids of incidents, and of blocks without a name, are no difference. */
  async #next(place: Locator): Promise<{ key: string; kind: string; element: Locator } | null> {
    const found = await place.locator(".element").evaluateAll((elements) =>
      elements.map((element) => ({
        kind: element.getAttribute("data-kind") ?? "",
        which: element.getAttribute("data-which") ?? "",
        words: element.textContent,
      })),
    );
    for (const [index, { kind, which, words }] of found.entries()) {
      const name = which
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")
        .replace(/^[0-9a-f]+(?=\/)|\d+/g, "…");
      const key = `${kind} ${name}`;
      if (this.#done.has(key) || spared.test(`${which} ${words}`)) {
        continue;
      }
      this.#done.add(key);
      return { key, kind, element: place.locator(".element").nth(index) };
    }
    return null;
  }

  /** Uses an element that tells the app at once. */
  async #use(kind: string, element: Locator): Promise<void> {
    const answered = this.#answer();
    // Where there is nothing to choose, nothing is answered.
    answered.catch(() => undefined);
    if (await this.#change(kind, element)) {
      const confirm = this.page.getByRole("alertdialog");
      const asked = await Promise.race([
        confirm.waitFor({ timeout: 15_000 }).then(
          () => true,
          () => false,
        ),
        answered.then(() => false),
      ]);
      if (asked) {
        await confirm.getByRole("button").last().click();
      }
      await this.#expectDone(await answered);
    }
  }

  /** The answer to the next act; what is searched for while choosing is none. */
  #answer(): Promise<Response> {
    return this.page.waitForResponse((response) => {
      const sent = response.request().postData() ?? "";
      return response.url().endsWith("/act") && /"act":"(use|submit)"/.test(sent);
    });
  }

  async #expectDone(response: Response): Promise<void> {
    const answer = (await response.json()) as Record<string, unknown>;
    expect(response.status(), JSON.stringify(answer)).toBe(200);
    if ("acked_after" in answer) {
      expect(answer.acked_after, "the app answered in time").not.toBeNull();
    } else {
      expect(["closed", "errors", "updated"]).toContain(answer.kind);
    }
    expect(await this.page.locator(".toast").allInnerTexts()).toEqual([]);
  }

  /** Presses, chooses or types; false where there is nothing to choose. */
  async #change(kind: string, element: Locator): Promise<boolean> {
    const plain = kind.replace(/^multi_/, "");
    if (kind === "button") {
      const link = element.locator("a").first();
      if ((await link.count()) > 0) {
        // The app hears of the click; the walk stays where it is.
        await link.evaluate((node) =>
          node.addEventListener("click", (event) => event.preventDefault()),
        );
      }
      await element.locator("button, a").first().click();
      return true;
    }
    if (kind === "overflow" || plain.endsWith("_select")) {
      return this.#choose(element);
    }
    if (kind === "checkboxes" || kind === "radio_buttons") {
      await element.locator("input").last().click();
      return true;
    }
    const field = element.locator("input, textarea").first();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const text: Record<string, string> = {
      datepicker: tomorrow.slice(0, 10),
      timepicker: "12:30",
      datetimepicker: new Date(Date.now() - 60_000).toISOString().slice(0, 16),
      number_input: "3",
    };
    const typed = text[kind] ?? (await field.inputValue());
    await field.fill(typed === "" ? "Walked by the test" : typed);
    return true;
  }

  /** Chooses the first thing in a list that is not chosen yet. */
  async #choose(element: Locator): Promise<boolean> {
    await element.locator("button").first().click();
    const list = element.getByRole("listbox");
    const options = list.getByRole("option");
    // What is searched for comes a moment later, or there is nothing.
    await options
      .first()
      .waitFor({ timeout: 3000 })
      .catch(() => undefined);
    const option = list.getByRole("option", { selected: false }).first();
    const found = (await option.count()) > 0;
    if (found) {
      await option.click();
    }
    if (await list.isVisible()) {
      await element.locator("button").first().click();
    }
    return found;
  }

  /** Walks whatever modals are open: uses all that is in them, fills them in, submits them. */
  async #modals(depth: number): Promise<void> {
    const dialog = this.page.getByRole("dialog");
    await this.#settle();
    while ((await dialog.count()) > 0) {
      const title = (await dialog.getAttribute("aria-label")) ?? "";
      const submit = dialog.locator("footer button[type=submit]");
      if (depth > deepest || (await submit.count()) === 0 || this.#done.has(`modal ${title}`)) {
        await this.#close();
        continue;
      }
      this.#done.add(`modal ${title}`);
      await test.step(`modal ${title}`, async () => {
        await this.#fill(dialog);
        const answered = this.#answer();
        await submit.click();
        await this.#expectDone(await answered);
      });
      await this.#settle();
      depth += 1;
    }
  }

  async #fill(dialog: Locator): Promise<void> {
    const elements = dialog.locator(".element");
    const kinds = await elements.evaluateAll((all) =>
      all.map((element) => element.getAttribute("data-kind") ?? ""),
    );
    for (const [index, kind] of kinds.entries()) {
      const element = elements.nth(index);
      // Choosing can draw the form anew, with other fields.
      if (kind === "button" || !(await element.count())) {
        continue;
      }
      this.kinds.add(kind);
      await this.#change(kind, element);
      await this.page.keyboard.press("Tab");
      await this.#settle();
    }
  }

  async #close(): Promise<void> {
    const dialog = this.page.getByRole("dialog");
    const before = await dialog.count();
    await dialog.last().getByRole("button", { name: "Close", exact: true }).first().click();
    await expect(dialog).toHaveCount(before - 1);
  }

  /** Until nothing on the page has changed for a moment: what an act brings comes after its answer. */
  async #settle(): Promise<void> {
    let before = "";
    let same = 0;
    await expect
      .poll(
        async () => {
          const now = await this.page.locator("#root").innerHTML();
          same = now === before ? same + 1 : 0;
          before = now;
          return same;
        },
        { intervals: [150] },
      )
      .toBeGreaterThanOrEqual(3);
  }
}

test("every element that is shown can be used", async ({ page }) => {
  // A wait for a single element has its own limit; how many there are is not known.
  test.setTimeout(900_000);
  await openAs(page, "alice");
  const walk = new Walk(page);
  const channel = await declare(page, "Walk of every element");
  const messages = page.locator(".messages");

  await walk.through("panel", messages);
  await sidebar(page).getByRole("button", { name: /home/ }).click();
  await walk.through("home", page.locator(".home"));

  // Every form that a shortcut or a command opens.
  await openChannel(page, channel);
  for (const shortcut of ["Send an incident update", "Page a team", "Add to a timeline"]) {
    await page.getByRole("button", { name: "⚡ Shortcuts" }).click();
    await page.getByRole("menuitem", { name: shortcut }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await walk.form();
  }
  await say(page, "/incident help");
  await expect(page.locator(".ephemeral").last()).toBeVisible();
  await walk.through("answers", messages);
  await openChannel(page, "incidents");
  await walk.through("digest", messages);

  // A walk that finds nothing would prove nothing.
  for (const kind of ["button", "static_select", "users_select", "overflow", "plain_text_input"]) {
    expect([...walk.kinds]).toContain(kind);
  }
});
