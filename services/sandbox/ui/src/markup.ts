/** Taking Slack's markup apart. Nothing is drawn here, so that it can be tested. */

import * as emoji from "node-emoji";
import type { Text, Workspace } from "./types";

export type Token =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "emoji"; name: string }
  /** Somebody, a channel, a group, a date, a link: what stands in angle brackets. */
  | { kind: "reference"; target: string; label: string | null }
  | { kind: "bold" | "italic" | "struck"; inner: Token[] };

export function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Plain text: nothing is marked up in it, but emoji are drawn unless the app says otherwise. */
export function plain(text: Text | null | undefined): string {
  if (text == null) {
    return "";
  }
  return text.emoji === false
    ? text.text
    : text.text.replace(/:([a-z0-9_+'-]+):/g, (whole, name: string) => emoji.get(name) ?? whole);
}

/** The text of a message as its author would type it again. */
export function asTyped(
  text: string,
  workspace: Pick<Workspace, "people" | "user_groups">,
): string {
  const known = text.replace(
    /<([^<>|]+)(?:\|([^<>]*))?>/g,
    (whole, target: string, label?: string) => {
      if (target.startsWith("@")) {
        const user = workspace.people.find((one) => `@${one.id}` === target);
        return user === undefined ? whole : `@${user.name}`;
      }
      if (target.startsWith("!subteam^")) {
        const group = workspace.user_groups.find((one) => `!subteam^${one.id}` === target);
        return `@${group?.handle ?? label ?? "group"}`;
      }
      if (target.startsWith("!")) {
        return `@${target.slice(1)}`;
      }
      return target.startsWith("#") ? `#${label ?? target.slice(1)}` : target;
    },
  );
  return unescape(known);
}

const styled = (sign: string) =>
  `(?<![\\p{L}\\p{N}])[${sign}](?=[^\\s${sign}])([^${sign}\\n]*[^${sign}\\s])[${sign}](?![\\p{L}\\p{N}])`;

/** Pieces in the order in which Slack looks for them; the first that is found wins. */
const piece = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    "(https?://[^\\s<>|“”]*[^\\s<>|“”.,:;!?)*_~'\"])",
    ":([a-z0-9_+'-]+):",
    styled("*"),
    styled("_"),
    styled("~"),
  ].join("|"),
  "gu",
);

/** The pieces of one line. In a verbatim text bare addresses are no links. */
export function takeApart(line: string, verbatim = false): Token[] {
  const out: Token[] = [];
  const plain = (text: string) => {
    if (text !== "") {
      out.push({ kind: "text", text: unescape(text) });
    }
  };
  let end = 0;
  for (const found of line.matchAll(piece)) {
    plain(line.slice(end, found.index));
    end = found.index + found[0].length;
    out.push(token(found, verbatim));
  }
  plain(line.slice(end));
  return out;
}

function token(found: RegExpMatchArray, verbatim: boolean): Token {
  const [, code, reference, bare, name, bold, italic, struck] = found;
  if (code !== undefined) {
    return { kind: "code", text: unescape(code) };
  }
  if (reference !== undefined) {
    const bar = reference.indexOf("|");
    return bar < 0
      ? { kind: "reference", target: reference, label: null }
      : {
          kind: "reference",
          target: reference.slice(0, bar),
          label: unescape(reference.slice(bar + 1)),
        };
  }
  if (bare !== undefined) {
    return verbatim
      ? { kind: "text", text: unescape(bare) }
      : { kind: "reference", target: bare, label: null };
  }
  if (name !== undefined) {
    return { kind: "emoji", name };
  }
  if (bold !== undefined) {
    return { kind: "bold", inner: takeApart(bold, verbatim) };
  }
  if (italic !== undefined) {
    return { kind: "italic", inner: takeApart(italic, verbatim) };
  }
  return { kind: "struck", inner: takeApart(struck ?? "", verbatim) };
}

/** A date token's text, such as `{date_short_pretty} at {time}`, for this moment. */
export function drawDate(date: Date, format: string, now: Date): string {
  return format.replace(/\{(\w+)\}/g, (whole, name: string) => datePart(date, name, now) ?? whole);
}

function datePart(date: Date, name: string, now: Date): string | null {
  const near = name.endsWith("_pretty") ? nearDay(date, now) : null;
  switch (name.replace("_pretty", "")) {
    case "date":
      return near ?? date.toLocaleDateString("en", { dateStyle: "long" });
    case "date_short":
      return near ?? date.toLocaleDateString("en", { dateStyle: "medium" });
    case "date_long":
      return near ?? date.toLocaleDateString("en", { dateStyle: "full" });
    case "date_num":
      return date.toLocaleDateString("sv");
    case "time":
      return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    case "time_secs":
      return date.toLocaleTimeString("en-GB");
    case "ago":
      return ago(date, now);
    default:
      return null;
  }
}

function nearDay(date: Date, now: Date): string | null {
  const start = (when: Date) =>
    new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
  const days = Math.round((start(date) - start(now)) / 86_400_000);
  return { "-1": "yesterday", "0": "today", "1": "tomorrow" }[String(days)] ?? null;
}

function ago(date: Date, now: Date): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) {
      return words.format(Math.round(seconds / length), unit);
    }
  }
  return words.format(Math.round(seconds), "second");
}
