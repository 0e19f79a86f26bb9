import { describe, expect, it } from "vitest";
import { asTyped, drawDate, plain, takeApart } from "./markup";
import type { User } from "./types";

describe("takeApart", () => {
  it("shows escaped text as it was typed, without mentioning anybody", () => {
    expect(takeApart("a &lt;!channel&gt; &amp;amp; &lt;b&gt;x&lt;/b&gt;")).toEqual([
      { kind: "text", text: "a <!channel> &amp; <b>x</b>" },
    ]);
  });

  it("finds mentions, links and emoji", () => {
    expect(takeApart("<@U1> <https://x.y/?a=1&amp;b=2|a &amp; b> :fire:")).toEqual([
      { kind: "reference", target: "@U1", label: null },
      { kind: "text", text: " " },
      { kind: "reference", target: "https://x.y/?a=1&amp;b=2", label: "a & b" },
      { kind: "text", text: " " },
      { kind: "emoji", name: "fire" },
    ]);
  });

  it("formats whole words only", () => {
    expect(takeApart("*bold _both_* snake_case_name 2*3*4 `*code*`")).toEqual([
      {
        kind: "bold",
        inner: [
          { kind: "text", text: "bold " },
          { kind: "italic", inner: [{ kind: "text", text: "both" }] },
        ],
      },
      { kind: "text", text: " snake_case_name 2*3*4 " },
      { kind: "code", text: "*code*" },
    ]);
  });

  it("formats a single letter", () => {
    expect(takeApart("*x*")).toEqual([{ kind: "bold", inner: [{ kind: "text", text: "x" }] }]);
  });
});

describe("drawDate", () => {
  const now = new Date(2026, 10, 23, 14, 30);

  it("says today and yesterday, and the date of other days", () => {
    const format = "{date_short_pretty} at {time}";
    expect(drawDate(new Date(2026, 10, 23, 9, 5), format, now)).toBe("today at 09:05");
    expect(drawDate(new Date(2026, 10, 22, 9, 5), format, now)).toBe("yesterday at 09:05");
    expect(drawDate(new Date(2026, 9, 1, 9, 5), format, now)).toBe("Oct 1, 2026 at 09:05");
  });

  it("tells an age and leaves what it does not know", () => {
    expect(drawDate(new Date(2026, 10, 23, 13, 20), "{ago} {what}", now)).toBe("1 hour ago {what}");
  });
});

it("bare addresses are links, without the dot after them", () => {
  expect(takeApart("see https://example.com/a_b_c?x=1.")).toEqual([
    { kind: "text", text: "see " },
    { kind: "reference", target: "https://example.com/a_b_c?x=1", label: null },
    { kind: "text", text: "." },
  ]);
});

it("bare addresses of a verbatim text are no links, as in Slack", () => {
  expect(takeApart("see “https://example.com/”", true)).toEqual([
    { kind: "text", text: "see “" },
    { kind: "text", text: "https://example.com/" },
    { kind: "text", text: "”" },
  ]);
  expect(takeApart("“https://example.com/” *<https://example.com/>*", true).slice(-1)).toEqual([
    { kind: "bold", inner: [{ kind: "reference", target: "https://example.com/", label: null }] },
  ]);
  expect(takeApart("“https://example.com/”")).toEqual([
    { kind: "text", text: "“" },
    { kind: "reference", target: "https://example.com/", label: null },
    { kind: "text", text: "”" },
  ]);
});

it("plain text has emoji and nothing else", () => {
  expect(plain({ type: "plain_text", text: ":fire: *now* :nope_x:" })).toBe("🔥 *now* :nope_x:");
  expect(plain({ type: "plain_text", text: ":fire:", emoji: false })).toBe(":fire:");
  expect(plain(undefined)).toBe("");
});

it("a message is edited as it was typed", () => {
  const bob = { id: "U1", name: "bob" } as User;
  const workspace = { people: [bob], user_groups: [] };
  expect(asTyped("<@U1> a &lt; b <https://e.com/?a=1&amp;b> <#C1|ops> <!here>", workspace)).toBe(
    "@bob a < b https://e.com/?a=1&b #ops @here",
  );
});
