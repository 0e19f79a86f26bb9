/** The head of a channel: its name and topic, who is in it, what is pinned, and what can be done with it. */

import { useState } from "react";
import { kindOf, useWorld, userName } from "./context";
import { unescape } from "./markup";
import type { Channel, Inside } from "./types";

type Shown = "members" | "pins" | "channel";

export function Header({ inside }: { inside: Inside }) {
  const { workspace } = useWorld();
  const [shown, setShown] = useState<Shown | null>(null);
  const { channel } = inside;
  const direct = channel.kind === "direct";
  const opener = (what: Shown, label: string, sign: string) => (
    <button
      type="button"
      className="plain"
      title={label}
      aria-label={label}
      aria-expanded={shown === what}
      onClick={() => setShown(shown === what ? null : what)}
    >
      {sign}
    </button>
  );
  return (
    <header className="pane-header">
      <h1>
        {direct
          ? userName(workspace, workspace.bot)
          : `${channel.kind === "private" ? "🔒" : "#"} ${channel.name}`}
      </h1>
      {channel.connected_teams.length > 0 && (
        <span className="app-tag">shared with {channel.connected_teams.join(", ")}</span>
      )}
      <p className="topic" title={unescape(channel.topic)}>
        {unescape(channel.topic)}
      </p>
      {!direct && (
        <div className="header-buttons">
          {opener("members", "Members", `👤 ${channel.members}`)}
          {opener("pins", "Pinned messages", `📌 ${inside.pins.length}`)}
          {opener("channel", "Channel menu", "⋯")}
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
      {shown === "members" && <Members inside={inside} />}
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
      {shown === "channel" && <ChannelMenu key={channel.name} channel={channel} />}
    </header>
  );
}

function Members({ inside }: { inside: Inside }) {
  const { workspace, me, actor, attempt } = useWorld();
  const { channel } = inside;
  const manages = channel.is_member && !channel.archived;
  return (
    <div className="popover">
      <ul>
        {inside.member_ids.map((id) => {
          const user = workspace.people.find((one) => one.id === id);
          const kind = user === undefined ? null : kindOf(workspace, user);
          return (
            <li key={id} className="member">
              <span>
                {userName(workspace, id)}
                {kind !== null && <small> {kind}</small>}
              </span>
              {manages && id !== me.id && (
                <button
                  type="button"
                  className="plain"
                  aria-label={`Remove ${userName(workspace, id)}`}
                  onClick={() => void attempt(actor.kick(channel.id, id))}
                >
                  Remove
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {manages && !channel.bot_is_member && (
        <button
          type="button"
          className="button"
          onClick={() => void attempt(actor.invite(channel.id, workspace.bot))}
        >
          Add {userName(workspace, workspace.bot)}
        </button>
      )}
      {manages && (
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
                  {kindOf(workspace, user) !== null && ` (${kindOf(workspace, user) ?? ""})`}
                </option>
              ))}
          </select>
        </label>
      )}
    </div>
  );
}

function ChannelMenu({ channel }: { channel: Channel }) {
  const { me, actor, attempt } = useWorld();
  const [name, setName] = useState(channel.name);
  const [sure, setSure] = useState(false);
  return (
    <div className="popover">
      {channel.is_member && !channel.archived && (
        <form
          className="rename"
          onSubmit={(event) => {
            event.preventDefault();
            void attempt(actor.rename(channel.id, name.trim()));
          }}
        >
          <input
            aria-label="Channel name"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button" disabled={name.trim() === channel.name}>
            Rename
          </button>
        </form>
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
      {channel.connected_teams.map((team) => (
        <button
          key={team}
          type="button"
          className="button"
          onClick={() => void attempt(actor.disconnect(channel.id, team))}
        >
          Stop sharing with {team}
        </button>
      ))}
      {(channel.is_member || channel.archived) && (
        <button
          type="button"
          className="button"
          onClick={() => void attempt(actor.archive(channel.id, channel.archived))}
        >
          {channel.archived ? "Unarchive channel" : "Archive channel"}
        </button>
      )}
      <button
        type="button"
        className="button danger"
        onClick={() => {
          if (sure) {
            void attempt(actor.deleteChannel(channel.id));
          }
          setSure(!sure);
        }}
      >
        {sure ? `Yes, delete #${channel.name} for good` : "Delete channel"}
      </button>
    </div>
  );
}
