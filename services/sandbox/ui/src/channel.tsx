/** A channel: its header, its messages, the composer, and a thread beside it. */

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useAnswer } from "./api";
import { Composer } from "./composer";
import { day, useWorld, userName } from "./context";
import { unescape } from "./markup";
import { EphemeralRow, MessageRow } from "./message";
import { markSeen } from "./seen";
import type { Ephemeral, Inside, Message } from "./types";

interface Props {
  id: string;
  version: number;
  /** The message to point at. */
  wanted: string | null;
}

export function ChannelPane({ id, version, wanted }: Props) {
  const { me } = useWorld();
  const [thread, setThread] = useState<string | null>(null);
  const inside = useAnswer<Inside>(`people/${me.name}/channels/${id}`, version);

  useEffect(() => {
    if (inside !== null) {
      markSeen(me.id, inside.channel);
    }
  }, [inside, me.id]);

  if (inside === null) {
    return <section className="pane" />;
  }
  return (
    <>
      <section className="pane">
        <Header inside={inside} />
        <Messages
          inside={inside}
          messages={inside.messages.filter((one) => one.thread_ts === null || one.broadcast)}
          ephemerals={inside.ephemerals.filter((seen) => seen.thread_ts === null)}
          wanted={wanted}
          onThread={setThread}
        />
        <Foot inside={inside} thread={null} />
      </section>
      {thread !== null && (
        <section className="pane thread" aria-label="Thread">
          <header className="pane-header">
            <h1>Thread</h1>
            <button
              type="button"
              className="cross"
              aria-label="Close"
              onClick={() => setThread(null)}
            >
              ×
            </button>
          </header>
          <Messages
            inside={inside}
            messages={inside.messages.filter(
              (one) => one.ts === thread || one.thread_ts === thread,
            )}
            ephemerals={inside.ephemerals.filter((seen) => seen.thread_ts === thread)}
            wanted={null}
            onThread={null}
          />
          <Foot inside={inside} thread={thread} />
        </section>
      )}
    </>
  );
}

function Header({ inside }: { inside: Inside }) {
  const { workspace, me, actor, attempt } = useWorld();
  const [shown, setShown] = useState<"members" | "pins" | null>(null);
  const { channel } = inside;
  const direct = channel.kind === "direct";
  const toggle = (what: "members" | "pins") => setShown(shown === what ? null : what);
  return (
    <header className="pane-header">
      <h1>
        {direct
          ? userName(workspace, workspace.bot)
          : `${channel.kind === "private" ? "🔒" : "#"} ${channel.name}`}
      </h1>
      <p className="topic" title={unescape(channel.topic)}>
        {unescape(channel.topic)}
      </p>
      {!direct && (
        <div className="header-buttons">
          <button
            type="button"
            className="plain"
            aria-expanded={shown === "members"}
            onClick={() => toggle("members")}
          >
            👤 {channel.members}
          </button>
          <button
            type="button"
            className="plain"
            aria-expanded={shown === "pins"}
            onClick={() => toggle("pins")}
          >
            📌 {inside.pins.length}
          </button>
        </div>
      )}
      {inside.bookmarks.length > 0 && (
        <div className="bookmarks">
          {inside.bookmarks.map((bookmark) => (
            <a key={bookmark.id} href={bookmark.link} target="_blank" rel="noreferrer">
              🔗 {bookmark.title}
            </a>
          ))}
        </div>
      )}
      {shown === "members" && (
        <div className="popover">
          <ul>
            {inside.member_ids.map((id) => (
              <li key={id}>{userName(workspace, id)}</li>
            ))}
          </ul>
          {channel.is_member && !channel.archived && !channel.bot_is_member && (
            <button
              type="button"
              className="button"
              onClick={() => void attempt(actor.invite(channel.id, workspace.bot))}
            >
              Add {userName(workspace, workspace.bot)}
            </button>
          )}
          {channel.is_member && !channel.archived && (
            <label className="invite">
              Invite{" "}
              <select
                value=""
                onChange={(event) => void attempt(actor.invite(channel.id, event.target.value))}
              >
                <option value="">somebody…</option>
                {workspace.people
                  .filter((user) => !user.is_bot && !inside.member_ids.includes(user.id))
                  .map((user) => (
                    <option key={user.id} value={user.id}>
                      {user.real_name}
                    </option>
                  ))}
              </select>
            </label>
          )}
          {channel.is_member && (
            <button
              type="button"
              className="button"
              onClick={() => void attempt(actor.leave(channel.id))}
            >
              Leave as {me.real_name}
            </button>
          )}
          {(channel.is_member || channel.archived) && (
            <button
              type="button"
              className="button"
              onClick={() => void attempt(actor.archive(channel.id, channel.archived))}
            >
              {channel.archived ? "Unarchive channel" : "Archive channel"}
            </button>
          )}
        </div>
      )}
      {shown === "pins" && (
        <div className="popover">
          {inside.pins.length === 0 && <p className="nothing">Nothing is pinned.</p>}
          {inside.pins.map((pin) => (
            <a key={pin.ts} href={`#${pin.ts}`}>
              {inside.messages.find((message) => message.ts === pin.ts)?.text ?? pin.ts}
            </a>
          ))}
        </div>
      )}
    </header>
  );
}

interface MessagesProps {
  inside: Inside;
  messages: Message[];
  ephemerals: Ephemeral[];
  wanted: string | null;
  onThread: ((ts: string) => void) | null;
}

function Messages({ inside, messages, ephemerals, wanted, onThread }: MessagesProps) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const rows: { ts: string; message?: Message; seen?: Ephemeral }[] = [
    ...messages.map((message) => ({ ts: message.ts, message })),
    ...ephemerals.map((seen) => ({ ts: seen.ts, seen })),
  ].sort((a, b) => a.ts.localeCompare(b.ts));

  useLayoutEffect(() => {
    if (atEnd.current && list.current !== null) {
      list.current.scrollTop = list.current.scrollHeight;
    }
  });
  useEffect(() => {
    if (wanted !== null) {
      atEnd.current = false;
      document.getElementById(wanted)?.scrollIntoView({ block: "center" });
    }
  }, [wanted]);

  return (
    <div
      className="scroller messages"
      ref={list}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < 40;
      }}
    >
      {rows.map((row, index) => {
        const before = rows[index - 1];
        const newDay = before === undefined || day(before.ts) !== day(row.ts);
        const follows =
          !newDay &&
          before.message?.subtype === null &&
          before.message.user === row.message?.user &&
          Number(row.ts) - Number(before.ts) < 300;
        return (
          <Fragment key={row.ts}>
            {newDay && (
              <div className="day">
                <span>{day(row.ts)}</span>
              </div>
            )}
            {row.message !== undefined && (
              <MessageRow
                message={row.message}
                inside={inside}
                follows={follows}
                wanted={row.ts === wanted}
                onThread={onThread}
              />
            )}
            {row.seen !== undefined && <EphemeralRow seen={row.seen} channel={inside.channel.id} />}
          </Fragment>
        );
      })}
      {rows.length === 0 && <p className="nothing">Nothing was said here yet.</p>}
    </div>
  );
}

function Foot({ inside, thread }: { inside: Inside; thread: string | null }) {
  const { actor, attempt } = useWorld();
  const { channel } = inside;
  if (channel.archived) {
    return <div className="foot">This channel is archived.</div>;
  }
  if (!channel.is_member) {
    return (
      <div className="foot">
        You are looking at #{channel.name}.{" "}
        <button
          type="button"
          className="button primary"
          onClick={() => void attempt(actor.join(channel.id))}
        >
          Join channel
        </button>
      </div>
    );
  }
  return <Composer channel={channel} thread={thread} />;
}
