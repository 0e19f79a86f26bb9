/** A channel: its header, its messages, the composer, and a thread beside it. */

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useAnswer } from "./api";
import { Composer } from "./composer";
import { day, useWorld } from "./context";
import { Header } from "./header";
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

interface MessagesProps {
  inside: Inside;
  messages: Message[];
  ephemerals: Ephemeral[];
  wanted: string | null;
  onThread: ((ts: string) => void) | null;
}

function Messages({ inside, messages, ephemerals, wanted, onThread }: MessagesProps) {
  const { workspace } = useWorld();
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
      {workspace.channels.every((one) => one.latest === null) ? (
        <Welcome />
      ) : (
        rows.length === 0 && <p className="nothing">No messages yet.</p>
      )}
    </div>
  );
}

/** What to do first, until something was said somewhere. */
function Welcome() {
  const { me } = useWorld();
  return (
    <div className="welcome">
      <h2>Press ⚡ Shortcuts below, then “Start a new incident”</h2>
      <ul>
        <li>
          You act as <b>{me.real_name}</b>. Choose somebody else at the top left, or add{" "}
          <code>?as=bob</code> to the address in a second tab.
        </li>
        <li>
          <code>/incident help</code> lists all commands. 🚨 on a message declares an incident from
          it, 📌 pins a message to its incident.
        </li>
        <li>
          A SEV1 pages the team Platform. Reminders come after a few minutes here, not after half an
          hour.
        </li>
        <li>
          <b>Make trouble</b>, at the bottom left, makes Slack slow or broken, posts alerts, changes
          people, and shows PagerDuty, Confluence and Statuspage.
        </li>
      </ul>
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
