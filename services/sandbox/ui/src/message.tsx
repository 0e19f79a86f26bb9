/** One message: who, when, what, reactions, and what can be done with it. */

import * as emoji from "node-emoji";
import { useState } from "react";
import { Avatar } from "./avatar";
import { Blocks } from "./blocks";
import { clock, useWorld } from "./context";
import { Markup } from "./mrkdwn";
import type { Ephemeral, Inside, Message } from "./types";

const quick = ["eyes", "+1", "white_check_mark", "fire", "rotating_light"];

function sign(name: string): string {
  return emoji.get(name) ?? `:${name}:`;
}

interface Props {
  message: Message;
  inside: Inside;
  /** Follows another message of the same person: no name and picture again. */
  follows: boolean;
  wanted: boolean;
  onThread: ((ts: string) => void) | null;
}

export function MessageRow({ message, inside, follows, wanted, onThread }: Props) {
  const { workspace, me, actor, attempt, toast } = useWorld();
  const [adding, setAdding] = useState(false);
  const channel = inside.channel.id;
  const author = workspace.people.find((user) => user.id === message.user);
  const pinned = inside.pins.some((pin) => pin.ts === message.ts);
  const replies = inside.messages.filter((reply) => reply.thread_ts === message.ts);
  if (message.subtype !== null) {
    return (
      <div className="message note" id={message.ts}>
        <span className="time">{clock(message.ts)}</span>
        <Markup text={message.text} />
      </div>
    );
  }
  const react = (name: string, remove: boolean) =>
    void attempt(actor.react(channel, message.ts, name, remove));
  const copy = async () => {
    const stamp = message.ts.replace(".", "");
    await navigator.clipboard.writeText(
      `${window.location.origin}/archives/${channel}/p${stamp}${window.location.search}`,
    );
    toast("Link copied");
  };
  const classes = ["message"];
  if (wanted) {
    classes.push("wanted");
  }
  if (pinned) {
    classes.push("pinned");
  }
  return (
    <div className={classes.join(" ")} id={message.ts}>
      {pinned && <div className="pin-note">📌 Pinned</div>}
      <div className="gutter">
        {follows ? (
          <span className="time late">{clock(message.ts)}</span>
        ) : (
          <Avatar name={author?.real_name ?? "?"} bot={message.from_app} />
        )}
      </div>
      <div className="content">
        {!follows && (
          <div className="byline">
            <b>{author?.real_name ?? message.user}</b>
            {message.from_app && <span className="app-tag">APP</span>}
            <span className="time">{clock(message.ts)}</span>
          </div>
        )}
        {message.blocks.length > 0 ? (
          <Blocks blocks={message.blocks} at={{ channel, ts: message.ts }} />
        ) : (
          message.text !== "" && <Markup text={message.text} />
        )}
        {message.edited !== null && !message.from_app && <span className="edited">(edited)</span>}
        {message.files.map((id) => (
          <div key={id} className="file">
            <a href={`/sandbox/files/${id}`} target="_blank" rel="noreferrer">
              📄 {inside.files[id] ?? id}
            </a>
          </div>
        ))}
        {message.reactions.length > 0 && (
          <div className="reactions">
            {message.reactions.map((reaction) => {
              const mine = reaction.users.includes(me.id);
              return (
                <button
                  key={reaction.name}
                  type="button"
                  className={mine ? "reaction mine" : "reaction"}
                  aria-pressed={mine}
                  title={`:${reaction.name}:`}
                  onClick={() => react(reaction.name, mine)}
                >
                  {sign(reaction.name)} {reaction.users.length}
                </button>
              );
            })}
          </div>
        )}
        {replies.length > 0 && onThread !== null && (
          <button type="button" className="replies" onClick={() => onThread(message.ts)}>
            {replies.length} {replies.length === 1 ? "reply" : "replies"}
          </button>
        )}
      </div>
      {inside.channel.is_member && !inside.channel.archived && (
        <div className={adding ? "hover open" : "hover"}>
          {quick.slice(0, 3).map((name) => (
            <button key={name} type="button" title={`:${name}:`} onClick={() => react(name, false)}>
              {sign(name)}
            </button>
          ))}
          {adding ? (
            <EmojiBox
              onDone={(name) => {
                setAdding(false);
                if (name !== "") {
                  react(name, false);
                }
              }}
            />
          ) : (
            <button type="button" title="React with any emoji" onClick={() => setAdding(true)}>
              ☺+
            </button>
          )}
          {onThread !== null && (
            <button type="button" title="Reply in thread" onClick={() => onThread(message.ts)}>
              💬
            </button>
          )}
          <button type="button" title="Copy link" onClick={() => void copy()}>
            🔗
          </button>
        </div>
      )}
    </div>
  );
}

function EmojiBox({ onDone }: { onDone: (name: string) => void }) {
  const [name, setName] = useState("");
  return (
    <input
      aria-label="Emoji's name"
      placeholder="fire"
      // It was opened by hand: typing belongs to it.
      // eslint-disable-next-line jsx-a11y/no-autofocus
      autoFocus
      value={name}
      onChange={(event) => setName(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          onDone(name.replaceAll(":", "").trim());
        } else if (event.key === "Escape") {
          onDone("");
        }
      }}
    />
  );
}

export function EphemeralRow({ seen, channel }: { seen: Ephemeral; channel: string }) {
  const { workspace, actor, attempt } = useWorld();
  const bot = workspace.people.find((user) => user.id === workspace.bot);
  return (
    <div className="message ephemeral" id={seen.ts}>
      <div className="gutter">
        <Avatar name={bot?.real_name ?? "?"} bot />
      </div>
      <div className="content">
        <div className="only-you">Only visible to you</div>
        <div className="byline">
          <b>{bot?.real_name}</b>
          <span className="app-tag">APP</span>
          <span className="time">{clock(seen.ts)}</span>
          <button
            type="button"
            className="plain"
            onClick={() => void attempt(actor.dismiss(seen.ts))}
          >
            Dismiss
          </button>
        </div>
        {seen.blocks.length > 0 ? (
          <Blocks blocks={seen.blocks} at={{ channel, ts: seen.ts }} />
        ) : (
          <Markup text={seen.text} />
        )}
      </div>
    </div>
  );
}
