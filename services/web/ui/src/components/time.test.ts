import { expect, test } from "vitest";
import { age, day, duration, exactTime, timeOfDay, weekday } from "./time";

const AT = Date.UTC(2026, 10, 23, 23, 2, 5);
const MINUTE = 60_000;

test("a duration has at most two units", () => {
  expect(duration(-5)).toBe("0 s");
  expect(duration(45_900)).toBe("45 s");
  expect(duration(12 * MINUTE + 59_000)).toBe("12 min");
  expect(duration(72 * MINUTE)).toBe("1 h 12 min");
  expect(duration(120 * MINUTE)).toBe("2 h");
  expect(duration((3 * 24 + 4) * 60 * MINUTE)).toBe("3 d 4 h");
});

test("an age is short, and a clock that is ahead does not show", () => {
  expect(age(-90_000)).toBe("just now");
  expect(age(59_999)).toBe("just now");
  expect(age(MINUTE)).toBe("1 min ago");
  expect(age(90 * MINUTE)).toBe("1 h ago");
  expect(age(49 * 60 * MINUTE)).toBe("2 d ago");
});

test("exact times are the company's, whatever zone the browser is in", () => {
  expect(exactTime(AT, "Europe/Madrid")).toBe("Tue, 24 Nov 2026, 00:02:05 CET");
  expect(timeOfDay(AT, "America/New_York")).toBe("18:02");
  expect(day(AT, "Europe/Madrid")).toBe("24 Nov 2026");
  expect(weekday(AT, "Europe/Madrid")).toBe("Tuesday");
});

test("a zone that the browser does not know is shown in UTC, and says so", () => {
  expect(exactTime(AT, "Mars/Olympus_Mons")).toBe("Mon, 23 Nov 2026, 23:02:05 UTC");
});
