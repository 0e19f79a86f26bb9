import { expect, message, noticeErrors, openAs, say, test } from "./page";

test("twelve tabs at once hear of each other and go on working", async ({ page, context }) => {
  test.setTimeout(300_000);
  const people = ["alice", "bob", "carol", "dave", "erin", "frank"];
  await openAs(page, "alice", "random");
  const tabs = [page];
  for (let number = 1; number < 12; number += 1) {
    const tab = await context.newPage();
    noticeErrors(tab);
    await openAs(tab, people[number % people.length] ?? "alice", "random");
    tabs.push(tab);
  }
  const last = tabs.at(-1) ?? page;
  await say(last, "heard in every tab");
  for (const tab of tabs) {
    await tab.bringToFront();
    await expect(message(tab, "heard in every tab")).toBeVisible();
  }
  // The first one still acts.
  await page.bringToFront();
  await say(page, "and the first tab answers");
  await last.bringToFront();
  await expect(message(last, "and the first tab answers")).toBeVisible();
});
