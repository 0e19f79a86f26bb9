/** What an admin of the workspace does: people, user groups, and what other apps post. */

import { useState } from "react";
import { send } from "./api";
import { isExternal, useWorld } from "./context";
import type { User, UserGroup } from "./types";

const externalTeam = "T0VENDOR";

const kinds = {
  member: { is_restricted: false, is_ultra_restricted: false },
  guest: { is_restricted: true, is_ultra_restricted: false },
  "single-channel guest": { is_restricted: true, is_ultra_restricted: true },
  "from another company": { team_id: externalTeam },
};
type Kind = keyof typeof kinds;

export function PeoplePart() {
  const { workspace, attempt } = useWorld();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("guest");
  const add = () => {
    const path = { name: name.trim().toLowerCase(), ...kinds[kind] };
    setName("");
    void attempt(send("POST", "people", path));
  };
  return (
    <>
      <h2>People</h2>
      <ul className="faults">
        {workspace.people
          .filter((user) => !user.is_bot)
          .slice(0, 50)
          .map((user) => (
            <PersonRow key={user.id} user={user} />
          ))}
      </ul>
      <div className="fault-form">
        <input
          aria-label="Handle of a new person"
          placeholder="olga"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <select
          aria-label="Kind of person"
          value={kind}
          onChange={(event) => setKind(event.target.value as Kind)}
        >
          {Object.keys(kinds).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <button type="button" className="button" disabled={name.trim() === ""} onClick={add}>
          Add a person
        </button>
      </div>
    </>
  );
}

function PersonRow({ user }: { user: User }) {
  const { workspace, attempt } = useWorld();
  const change = (what: object) => void attempt(send("PATCH", `people/${user.id}`, what));
  const kind: Kind = isExternal(workspace, user)
    ? "from another company"
    : user.is_ultra_restricted
      ? "single-channel guest"
      : user.is_restricted
        ? "guest"
        : "member";
  return (
    <li className={user.deleted ? "used" : ""}>
      <span>
        {user.real_name}
        {user.is_admin && <small> admin</small>}
      </span>
      <select
        aria-label={`${user.real_name} is`}
        value={kind}
        disabled={kind === "from another company"}
        onChange={(event) => change(kinds[event.target.value as Kind])}
      >
        {Object.keys(kinds)
          .filter((one) => one !== "from another company" || one === kind)
          .map((one) => (
            <option key={one}>{one}</option>
          ))}
      </select>
      <input
        aria-label={`E-mail address of ${user.real_name}`}
        placeholder="no e-mail address"
        defaultValue={user.email}
        onBlur={(event) => {
          if (event.target.value !== user.email) {
            change({ email: event.target.value });
          }
        }}
      />
      <button type="button" className="button" onClick={() => change({ deleted: !user.deleted })}>
        {user.deleted ? "Activate" : "Deactivate"}
      </button>
    </li>
  );
}

export function GroupsPart() {
  const { workspace, attempt } = useWorld();
  const [handle, setHandle] = useState("");
  return (
    <>
      <h2>User groups</h2>
      <ul className="faults">
        {workspace.user_groups.map((group) => (
          <GroupRow key={group.id} group={group} />
        ))}
      </ul>
      <div className="fault-form">
        <input
          aria-label="Handle of a new group"
          placeholder="oncall"
          value={handle}
          onChange={(event) => setHandle(event.target.value)}
        />
        <button
          type="button"
          className="button"
          disabled={handle.trim() === ""}
          onClick={() => {
            void attempt(send("POST", "user_groups", { handle: handle.trim() }));
            setHandle("");
          }}
        >
          Add a group
        </button>
      </div>
    </>
  );
}

function GroupRow({ group }: { group: UserGroup }) {
  const { workspace, attempt } = useWorld();
  const change = (what: object) => void attempt(send("PATCH", `user_groups/${group.id}`, what));
  const people = workspace.people.filter((user) => !user.is_bot).slice(0, 50);
  return (
    <li className={group.disabled ? "used" : ""}>
      <details>
        <summary>
          @{group.handle} <small>{group.users.length} people</small>
        </summary>
        {people.map((user) => {
          const is = group.users.includes(user.id);
          const rest = group.users.filter((one) => one !== user.id);
          return (
            <label key={user.id} className="line">
              <input
                type="checkbox"
                checked={is}
                onChange={() => change({ members: is ? rest : [...rest, user.id] })}
              />{" "}
              {user.real_name}
            </label>
          );
        })}
      </details>
      <button
        type="button"
        className="button"
        onClick={() => change({ disabled: !group.disabled })}
      >
        {group.disabled ? "Enable" : "Disable"}
      </button>
    </li>
  );
}

const alerts = {
  "Alertmanager, in an attachment": (title: string) => ({
    username: "Alertmanager",
    attachments: [
      {
        color: "danger",
        title: `[FIRING:1] ${title}`,
        title_link: "https://alertmanager.example/#/alerts",
        text: "12% of the requests of *checkout* fail.",
        fields: [{ title: "severity", value: "critical", short: true }],
        fallback: `[FIRING:1] ${title}`,
      },
    ],
  }),
  "Grafana, in blocks": (title: string) => ({
    username: "Grafana",
    blocks: [
      { type: "header", text: { type: "plain_text", text: `🔴 ${title}` } },
      {
        type: "section",
        text: { type: "mrkdwn", text: "*p99* is 4.2 s. <https://grafana.example/d/1|Dashboard>" },
      },
    ],
  }),
  "Cron, as text": (title: string) => ({ username: "cron", text: title }),
};
type Alert = keyof typeof alerts;

/** Posts into the channel that is shown what other apps would. */
export function AlertPart({ channel }: { channel: string | null }) {
  const { workspace, attempt } = useWorld();
  const [title, setTitle] = useState("");
  const [kind, setKind] = useState<Alert>("Alertmanager, in an attachment");
  const shown = workspace.channels.find((one) => one.id === channel);
  if (shown === undefined) {
    return null;
  }
  const post = () => {
    const about = title.trim() === "" ? "Checkout 5xx" : title.trim();
    setTitle("");
    void attempt(send("POST", `channels/${shown.id}/webhook`, alerts[kind](about)));
  };
  return (
    <>
      <h2>Alerts of other apps</h2>
      <div className="fault-form">
        <select
          aria-label="Kind of alert"
          value={kind}
          onChange={(event) => setKind(event.target.value as Alert)}
        >
          {Object.keys(alerts).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <input
          aria-label="What the alert is about"
          placeholder="Checkout 5xx"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <button type="button" className="button" onClick={post}>
          Post in {shown.kind === "direct" ? "this conversation" : `#${shown.name}`}
        </button>
      </div>
    </>
  );
}
