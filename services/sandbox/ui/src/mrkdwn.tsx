/**
 * Slack's markup, `mrkdwn`. Drawn here and not by the library, because what people typed must
 * stand exactly as they typed it, escapes included.
 */

import * as emoji from "node-emoji";
import { Fragment, type ReactNode } from "react";
import { Link } from "./link";
import { useWorld } from "./context";

/** Text in Slack's markup. */
export function Markup({ text }: { text: string }) {
  const parts = text.split(/```([\s\S]*?)```/);
  return (
    <div className="mrkdwn">
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <pre key={index}>{unescape(part.replace(/^\n/, ""))}</pre>
        ) : (
          <Lines key={index} text={part} />
        ),
      )}
    </div>
  );
}

function Lines({ text }: { text: string }) {
  const lines = text.split("\n");
  return lines.map((line, index) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    return quoted === null ? (
      <Fragment key={index}>
        <Inline text={line} />
        {index < lines.length - 1 && <br />}
      </Fragment>
    ) : (
      <blockquote key={index}>
        <Inline text={quoted[1] ?? ""} />
      </blockquote>
    );
  });
}

export function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Pieces in the order in which Slack looks for them; the first that is found wins. */
const piece =
  /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+'-]+):|(?<![\p{L}\p{N}])\*(?=\S)([^*\n]*[^*\s])\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_(?=\S)([^_\n]*[^_\s])_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])~(?=\S)([^~\n]*[^~\s])~(?![\p{L}\p{N}])/gu;

function Inline({ text }: { text: string }) {
  const out: ReactNode[] = [];
  let end = 0;
  for (const found of text.matchAll(piece)) {
    if (found.index > end) {
      out.push(unescape(text.slice(end, found.index)));
    }
    end = found.index + found[0].length;
    out.push(<Piece key={found.index} found={found} />);
  }
  out.push(unescape(text.slice(end)));
  return out;
}

function Piece({ found }: { found: RegExpMatchArray }) {
  const [whole, code, reference, name, bold, italic, struck] = found;
  if (code !== undefined) {
    return <code>{unescape(code)}</code>;
  }
  if (reference !== undefined) {
    return <Reference inside={reference} />;
  }
  if (name !== undefined) {
    return emoji.get(name) ?? whole;
  }
  if (bold !== undefined) {
    return (
      <b>
        <Inline text={bold} />
      </b>
    );
  }
  if (italic !== undefined) {
    return (
      <i>
        <Inline text={italic} />
      </i>
    );
  }
  return (
    <s>
      <Inline text={struck ?? ""} />
    </s>
  );
}

/** What stands in angle brackets: somebody, a channel, a group, a date, a link. */
function Reference({ inside }: { inside: string }) {
  const { workspace, openChannel } = useWorld();
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? null : unescape(inside.slice(bar + 1));
  const user = workspace.people.find((one) => `@${one.id}` === target);
  if (target.startsWith("@")) {
    return <span className="mention">@{user?.real_name ?? label ?? target.slice(1)}</span>;
  }
  if (target.startsWith("#")) {
    const id = target.slice(1);
    const channel = workspace.channels.find((one) => one.id === id);
    return (
      <button type="button" className="mention" onClick={() => openChannel(id)}>
        #{channel?.name ?? label ?? id}
      </button>
    );
  }
  if (target.startsWith("!date^")) {
    return <DateToken target={target} fallback={label ?? ""} />;
  }
  if (target.startsWith("!subteam^")) {
    const group = workspace.user_groups.find((one) => `!subteam^${one.id}` === target);
    return <span className="mention">@{group?.handle ?? label ?? "group"}</span>;
  }
  if (target.startsWith("!")) {
    return <span className="mention everyone">@{target.slice(1)}</span>;
  }
  const address = unescape(target);
  return <Link href={address}>{label ?? address.replace(/^mailto:/, "")}</Link>;
}

function DateToken({ target, fallback }: { target: string; fallback: string }) {
  const [, seconds = "", format = "", link] = target.split("^");
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) {
    return fallback;
  }
  const text = format.replace(/\{(\w+)\}/g, (whole, token: string) => drawn(date, token) ?? whole);
  const time = (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {text}
    </time>
  );
  return link === undefined ? time : <Link href={unescape(link)}>{time}</Link>;
}

function drawn(date: Date, token: string): string | null {
  const pretty = token.endsWith("_pretty");
  const near = pretty ? nearDay(date) : null;
  switch (token.replace("_pretty", "")) {
    case "date":
      return (
        near ?? date.toLocaleDateString("en", { year: "numeric", month: "long", day: "numeric" })
      );
    case "date_short":
      return (
        near ?? date.toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" })
      );
    case "date_long":
      return near ?? date.toLocaleDateString("en", { dateStyle: "full" });
    case "date_num":
      return date.toLocaleDateString("sv");
    case "time":
      return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    case "time_secs":
      return date.toLocaleTimeString("en-GB");
    case "ago":
      return ago(date);
    default:
      return null;
  }
}

function nearDay(date: Date): string | null {
  const start = (when: Date) =>
    new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
  const days = Math.round((start(date) - start(new Date())) / 86_400_000);
  return { "-1": "yesterday", "0": "today", "1": "tomorrow" }[String(days)] ?? null;
}

function ago(date: Date): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
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
