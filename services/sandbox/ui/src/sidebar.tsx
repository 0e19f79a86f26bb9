/** The left side: who acts, channels, direct messages, the app, and the switch for trouble. */

import { Avatar } from "./avatar";
import { kindOf, useWorld } from "./context";
import { isUnread } from "./seen";
import type { Channel } from "./types";

interface Props {
  shown: string | null;
  home: boolean;
  troubled: boolean;
  onPerson: (who: string) => void;
  onHome: () => void;
  onTrouble: () => void;
}

export function Sidebar({ shown, home, troubled, onPerson, onHome, onTrouble }: Props) {
  const { workspace, me } = useWorld();
  const named = workspace.channels
    .filter((channel) => channel.kind !== "direct")
    .sort((a, b) => a.name.localeCompare(b.name));
  const mine = named.filter((channel) => channel.is_member && !channel.archived);
  const others = named.filter((channel) => !channel.is_member && !channel.archived);
  const archived = named.filter((channel) => channel.archived);
  const direct = workspace.channels.filter(
    (channel) => channel.kind === "direct" && channel.is_member,
  );
  const bot = workspace.people.find((user) => user.id === workspace.bot);
  return (
    <nav className="sidebar" aria-label="Workspace">
      <div className="workspace-name">Sandbox</div>
      <label className="acting">
        <Avatar name={me.real_name} small />
        <span className="visually-hidden">Act as</span>
        <select value={me.name} onChange={(event) => onPerson(event.target.value)}>
          {workspace.people
            .filter((user) => !user.is_bot)
            .map((user) => (
              <option key={user.id} value={user.name} disabled={user.deleted}>
                {user.real_name}
                {kindOf(workspace, user) !== null && ` (${kindOf(workspace, user) ?? ""})`}
              </option>
            ))}
        </select>
      </label>
      <div className="scroller">
        <Group title="Channels" channels={mine} shown={shown} />
        <Group title="More channels" channels={others} shown={shown} />
        <Group title="Archived" channels={archived} shown={shown} />
        <h2>App</h2>
        <ul>
          <li>
            <button type="button" className={home ? "row shown" : "row"} onClick={onHome}>
              <span className="sign">⌂</span> {bot?.name ?? "app"} home
            </button>
          </li>
          {direct.map((channel) => (
            <Row key={channel.id} channel={channel} shown={shown} name={bot?.name ?? "app"} />
          ))}
        </ul>
      </div>
      <button
        type="button"
        className="trouble-switch"
        aria-label="Make trouble"
        aria-pressed={troubled}
        onClick={onTrouble}
      >
        <span className={workspace.sockets > 0 ? "dot good" : "dot"} />
        <span className="words">
          {workspace.sockets} {workspace.sockets === 1 ? "connection" : "connections"}
          {workspace.foreign_sockets > 0 && ` + ${workspace.foreign_sockets} foreign`} · Make
          trouble
        </span>
      </button>
    </nav>
  );
}

function Group({
  title,
  channels,
  shown,
}: {
  title: string;
  channels: Channel[];
  shown: string | null;
}) {
  if (channels.length === 0) {
    return null;
  }
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {channels.slice(0, 200).map((channel) => (
          <Row key={channel.id} channel={channel} shown={shown} name={channel.name} />
        ))}
      </ul>
    </>
  );
}

function Row({ channel, shown, name }: { channel: Channel; shown: string | null; name: string }) {
  const { me, openChannel } = useWorld();
  const classes = ["row"];
  if (channel.id === shown) {
    classes.push("shown");
  } else if (isUnread(me.id, channel)) {
    classes.push("unread");
  }
  const sign = channel.kind === "direct" ? "@" : channel.kind === "private" ? "🔒" : "#";
  return (
    <li>
      <button type="button" className={classes.join(" ")} onClick={() => openChannel(channel.id)}>
        <span className="sign">{sign}</span> {name}
      </button>
    </li>
  );
}
