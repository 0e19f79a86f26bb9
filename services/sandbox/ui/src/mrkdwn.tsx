/**
 * Slack's markup, `mrkdwn`. Drawn here and not by the library, because what people typed must
 * stand exactly as they typed it, escapes included.
 */

import * as emoji from "node-emoji";
import { Fragment } from "react";
import { useWorld } from "./context";
import { Link } from "./link";
import { drawDate, takeApart, unescape, type Token } from "./markup";

/** Text in Slack's markup. */
export function Markup({ text, verbatim = false }: { text: string; verbatim?: boolean }) {
  const parts = text.split(/```([\s\S]*?)```/);
  return (
    <div className="mrkdwn">
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <pre key={index}>{unescape(part.replace(/^\n/, ""))}</pre>
        ) : (
          <Lines key={index} text={part} verbatim={verbatim} />
        ),
      )}
    </div>
  );
}

function Lines({ text, verbatim }: { text: string; verbatim: boolean }) {
  const lines = text.split("\n");
  return lines.map((line, index) => {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    return quoted === null ? (
      <Fragment key={index}>
        <Tokens tokens={takeApart(line, verbatim)} />
        {index < lines.length - 1 && <br />}
      </Fragment>
    ) : (
      <blockquote key={index}>
        <Tokens tokens={takeApart(quoted[1] ?? "", verbatim)} />
      </blockquote>
    );
  });
}

function Tokens({ tokens }: { tokens: Token[] }) {
  return tokens.map((token, index) => <OneToken key={index} token={token} />);
}

function OneToken({ token }: { token: Token }) {
  switch (token.kind) {
    case "text":
      return token.text;
    case "code":
      return <code>{token.text}</code>;
    case "emoji":
      return emoji.get(token.name) ?? `:${token.name}:`;
    case "reference":
      return <Reference target={token.target} label={token.label} />;
    case "bold":
      return (
        <b>
          <Tokens tokens={token.inner} />
        </b>
      );
    case "italic":
      return (
        <i>
          <Tokens tokens={token.inner} />
        </i>
      );
    case "struck":
      return (
        <s>
          <Tokens tokens={token.inner} />
        </s>
      );
  }
}

function Reference({ target, label }: { target: string; label: string | null }) {
  const { workspace, openChannel } = useWorld();
  if (target.startsWith("@")) {
    const user = workspace.people.find((one) => `@${one.id}` === target);
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
  const time = (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {drawDate(date, format, new Date())}
    </time>
  );
  return link === undefined ? time : <Link href={unescape(link)}>{time}</Link>;
}
