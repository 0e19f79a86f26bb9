import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { RichText } from "./rich-text";
import { parseRichText } from "./rich-text-parse";

const text = (text: string) => ({ kind: "text", text });
const link = (url: string, label = url) => ({ kind: "link", url, label });

test.each([
  ["see https://example.com/a?b=1&c=2.", [text("see "), link("https://example.com/a?b=1&c=2"), text(".")]],
  ["(https://example.com/x)", [text("("), link("https://example.com/x"), text(")")]],
  ["https://en.wikipedia.org/wiki/A_(b)", [link("https://en.wikipedia.org/wiki/A_(b)")]],
  ["<https://example.com/d|dash>", [link("https://example.com/d", "dash")]],
  ["<https://example.com/d?a&amp;b>", [link("https://example.com/d?a&b")]],
  ["<mailto:a@example.com|a@example.com>", [link("mailto:a@example.com", "a@example.com")]],
  [
    "<!channel> and <!here>",
    [{ kind: "mention", text: "@channel" }, text(" and "), { kind: "mention", text: "@here" }],
  ],
  [
    "<@U1|bob> in <#C1|general>",
    [{ kind: "mention", text: "@bob" }, text(" in "), { kind: "mention", text: "#general" }],
  ],
  ["<!subteam^S1|@oncall>", [{ kind: "mention", text: "@oncall" }]],
  ["<!date^1764000000^{time}|14:00>", [text("14:00")]],
  [
    "*bold* _it_ ~gone~",
    [
      { kind: "bold", pieces: [text("bold")] },
      text(" "),
      { kind: "italic", pieces: [text("it")] },
      text(" "),
      { kind: "strike", pieces: [text("gone")] },
    ],
  ],
  [
    "*a <https://example.com/|b>*",
    [{ kind: "bold", pieces: [text("a "), link("https://example.com/", "b")] }],
  ],
  ["run `rm -rf *` now", [text("run "), { kind: "code", text: "rm -rf *" }, text(" now")]],
  ["```\na *b*\n```", [{ kind: "block", text: "a *b*" }]],
  ["a &lt;b&gt; &amp;amp;", [text("a <b> &amp;")]],
])("what is meant by %s", (typed, pieces) => {
  expect(parseRichText(typed)).toEqual(pieces);
});

test.each([
  "2 * 3 * 4",
  "snake_case_name",
  "a*b*c",
  "* not bold*",
  "~ 5",
  "a < b > c",
  "<script>",
  "_",
  "**",
  "5 > 3",
])("%s stays as it is", (typed) => {
  expect(parseRichText(typed)).toEqual([text(typed)]);
});

test.each(["javascript:alert(1)", "<javascript:alert(1)|click>", "<data:text/html,x|y>", "<slack://x|y>"])(
  "%s is no link",
  (typed) => {
    expect(parseRichText(typed).some(({ kind }) => kind === "link")).toBe(false);
  },
);

test("a label that looks like another address is not believed", () => {
  expect(parseRichText("<https://evil.example/x|https://bank.example>")).toEqual([
    link("https://evil.example/x"),
  ]);
  expect(parseRichText("<https://evil.example/x|bank.example>")).toEqual([link("https://evil.example/x")]);
  expect(parseRichText("<https://www.bank.example/x|bank.example>")).toEqual([
    link("https://www.bank.example/x", "bank.example"),
  ]);
});

test("a text that means harm is only text, however long", () => {
  const typed = "<img src=x onerror=alert(1)> ".repeat(50) + "*".repeat(3000) + "<".repeat(3000);
  render(
    <MantineProvider env="test">
      <p data-testid="text">
        <RichText text={typed} />
      </p>
    </MantineProvider>,
  );
  expect(screen.getByTestId("text")).toHaveTextContent("<img src=x onerror=alert(1)>");
  expect(document.querySelector("img")).toBeNull();
});

test("a link opens elsewhere and gets nothing of this page", () => {
  render(
    <MantineProvider env="test">
      <RichText text="see https://example.com" />
    </MantineProvider>,
  );
  const shown = screen.getByRole("link", { name: "https://example.com" });
  expect(shown).toHaveAttribute("rel", "noopener noreferrer");
  expect(shown).toHaveAttribute("target", "_blank");
});
