/** One message: who, when, what, reactions, and what can be done with it. */

import * as emoji from "node-emoji";
import { useState } from "react";
import { Avatar } from "./avatar";
import { Blocks } from "./blocks";
import { clock, kindOf, useWorld } from "./context";
import { Link } from "./link";
import { asTyped } from "./markup";
import { Markup } from "./mrkdwn";
import type { Attachment, Ephemeral, Inside, Message, Spot } from "./types";

/** Seen, pinned to the incident, declared from it. */
const quick = ["eyes", "pushpin", "rotating_light"];

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
  const [editing, setEditing] = useState(false);
  const channel = inside.channel.id;
  const author = workspace.people.find((user) => user.id === message.user);
  const pinned = inside.pins.some((pin) => pin.ts === message.ts);
  const replies = inside.messages.filter((reply) => reply.thread_ts === message.ts);
  if (message.subtype !== null && message.subtype !== "bot_message") {
    return (
      <div className="message note" id={message.ts}>
        <span className="time">{clock(message.ts)}</span>
        <Markup text={message.text} />
      </div>
    );
  }
  const webhook = typeof message.extra.username === "string" ? message.extra.username : null;
  const name = webhook ?? author?.real_name ?? message.user;
  const tag = author === undefined ? null : kindOf(workspace, author);
  const mine = message.user === me.id;
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
          <Avatar name={name} bot={message.from_app || webhook !== null} />
        )}
      </div>
      <div className="content">
        {!follows && (
          <div className="byline">
            <b>{name}</b>
            {(message.from_app || webhook !== null) && <span className="app-tag">APP</span>}
            {tag !== null && <span className="app-tag">{tag}</span>}
            <span className="time">{clock(message.ts)}</span>
          </div>
        )}
        {editing ? (
          <EditBox
            text={asTyped(message.text, workspace)}
            onDone={(text) => {
              setEditing(false);
              if (text !== null) {
                void attempt(actor.edit(channel, message.ts, text));
              }
            }}
          />
        ) : message.blocks.length > 0 ? (
          <Blocks blocks={message.blocks} at={{ channel, ts: message.ts }} />
        ) : (
          message.text !== "" && <Markup text={message.text} />
        )}
        {message.attachments.map((attachment, index) => (
          <AttachmentBox key={index} attachment={attachment} at={{ channel, ts: message.ts }} />
        ))}
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
          {quick.map((name) => (
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
          {mine && message.subtype === null && (
            <button type="button" title="Edit message" onClick={() => setEditing(true)}>
              ✏️
            </button>
          )}
          {(mine || me.is_admin) && (
            <button
              type="button"
              title="Delete message"
              onClick={() => void attempt(actor.remove(channel, message.ts))}
            >
              🗑️
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function EditBox({ text, onDone }: { text: string; onDone: (text: string | null) => void }) {
  const [typed, setTyped] = useState(text);
  return (
    <div className="edit-box">
      <textarea
        aria-label="Edit message"
        rows={Math.min(8, typed.split("\n").length)}
        // It was opened by hand: typing belongs to it.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            onDone(typed);
          } else if (event.key === "Escape") {
            onDone(null);
          }
        }}
      />
      <button type="button" className="button" onClick={() => onDone(null)}>
        Cancel
      </button>
      <button type="button" className="button primary" onClick={() => onDone(typed)}>
        Save
      </button>
    </div>
  );
}

const colors: Record<string, string> = { good: "#2eb886", warning: "#daa038", danger: "#a30200" };

function AttachmentBox({ attachment, at }: { attachment: Attachment; at: Spot }) {
  const color = attachment.color ?? "#dddddd";
  return (
    <>
      {attachment.pretext !== undefined && <Markup text={attachment.pretext} />}
      <div className="attachment" style={{ borderColor: colors[color] ?? color }}>
        {attachment.author_name !== undefined && <small>{attachment.author_name}</small>}
        {attachment.title !== undefined && (
          <b>
            {attachment.title_link === undefined ? (
              attachment.title
            ) : (
              <Link href={attachment.title_link}>{attachment.title}</Link>
            )}
          </b>
        )}
        {attachment.text !== undefined && <Markup text={attachment.text} />}
        {attachment.fields?.map((field, index) => (
          <div key={index}>
            <b>{field.title}</b> <Markup text={field.value} />
          </div>
        ))}
        {attachment.blocks !== undefined && <Blocks blocks={attachment.blocks} at={at} />}
        {attachment.image_url !== undefined && <img src={attachment.image_url} alt="" />}
        {attachment.footer !== undefined && <small>{attachment.footer}</small>}
      </div>
    </>
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
