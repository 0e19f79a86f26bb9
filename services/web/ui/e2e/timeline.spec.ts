import { channelOf, declare, expect, test, unique } from "./console";
import { PNG, act, findMessage, pinImage } from "./sandbox";

test("an entry is written down, changed and deleted, and shown without reloading elsewhere", async ({
  page,
  context,
}) => {
  await page.goto("/");
  await declare(page, { description: unique("Payments fail") });
  const other = await context.newPage();
  await other.goto(page.url());
  const elsewhere = other.getByRole("list", { name: "Timeline" });

  await page.getByRole("button", { name: "Add an entry" }).click();
  const dialog = page.getByRole("dialog", { name: "Add an entry" });
  const day = new Date(Date.now() - 20 * 86_400_000);
  await dialog.getByLabel("Date").fill(day.toISOString().slice(0, 10));
  await dialog.getByLabel("Time").fill("09:30");
  await dialog.getByLabel("What happened").fill("The deploy went out");
  await page.keyboard.press("Control+Enter");
  await expect(dialog).toBeHidden();
  // It stands where it belongs: before the declaration.
  const part = (format: Intl.DateTimeFormatOptions) =>
    day.toLocaleDateString("en-GB", { ...format, timeZone: "UTC" });
  await expect(page.getByRole("list", { name: "Timeline" }).getByRole("listitem").first()).toContainText(
    `${part({ weekday: "long" })}, ${part({ day: "numeric", month: "short", year: "numeric" })}`,
  );
  await expect(elsewhere.getByText("noted: The deploy went out")).toBeVisible();

  await page.getByRole("button", { name: "Change the entry “The deploy went out”" }).click();
  await page.getByRole("menuitem", { name: "Edit …" }).click();
  const edit = page.getByRole("dialog", { name: "Edit the entry" });
  await expect(edit.getByLabel("Time")).toHaveValue("09:30");
  await edit.getByLabel("What happened").fill("The deploy was rolled back");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(elsewhere.getByText("noted: The deploy was rolled back")).toBeVisible();
  await expect(elsewhere.getByText("· edited")).toBeVisible();

  await page.getByRole("button", { name: /^Change the entry/ }).click();
  await page.getByRole("menuitem", { name: "Delete …" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(elsewhere.getByText(/The deploy/)).toHaveCount(0);
});

test("a time that has not come is refused at the field", async ({ page }) => {
  await page.goto("/");
  await declare(page, { description: unique("Payments fail") });
  await page.getByRole("button", { name: "Add an entry" }).click();
  const dialog = page.getByRole("dialog", { name: "Add an entry" });
  await dialog.getByLabel("Date").fill("2099-01-05");
  await dialog.getByLabel("What happened").fill("The deploy went out");
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(dialog.getByText("That time is in the future. Choose a time in the past.")).toBeVisible();
  await expect(dialog.getByLabel("Date")).toBeFocused();
});

test("what is pinned in Slack is shown with its image", async ({ page, request }) => {
  await page.goto("/");
  await declare(page, { description: unique("Search is slow") });
  const channel = await channelOf(page);
  await act(request, "alice", { act: "join", channel });
  const words = unique("It began with the deploy");
  await act(request, "alice", { act: "say", channel, text: words });
  const said = await findMessage(request, "alice", channel, words);
  await act(request, "alice", { act: "react", channel, ts: said?.ts, name: "pushpin" });
  await pinImage(request, "alice", channel, "graph.png", PNG);
  const pins = page.getByRole("region", { name: "Pinned messages" });
  await expect(pins.getByText(words)).toBeVisible();
  const image = pins.getByRole("img", { name: "“graph.png” of alice" });
  await image.scrollIntoViewIfNeeded();
  await expect.poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBe(1);
});
