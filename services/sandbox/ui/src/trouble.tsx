/** The panel for trouble: latency, faults, rate limits, connections, and what the app called. */

import { useState } from "react";
import { send, useAnswer } from "./api";
import { ConfluencePart } from "./confluence";
import { useWorld } from "./context";
import { FeedsPart } from "./feeds";
import { AlertPart, GroupsPart, PeoplePart } from "./people";
import { StatuspagePart } from "./statuspage";
import { PagerDutyPart } from "./pagerduty";
import type { Call, Fault, Harm, Trouble } from "./types";

const harms: { name: string; harm: Harm }[] = [
  { name: "500 error", harm: { kind: "status", value: 500 } },
  { name: "503 error", harm: { kind: "status", value: 503 } },
  { name: "401: unauthorized", harm: { kind: "status", value: 401 } },
  { name: "403: not allowed", harm: { kind: "status", value: 403 } },
  { name: "404: not found", harm: { kind: "status", value: 404 } },
  { name: "429, retry after 5 s", harm: { kind: "rate_limited", value: 5 } },
  { name: "Refused: internal_error", harm: { kind: "error", value: "internal_error" } },
  { name: "Connection drops, nothing applied", harm: { kind: "drop_before" } },
  { name: "Connection drops after it was applied", harm: { kind: "drop_after" } },
  { name: "Hangs, nothing applied", harm: { kind: "hang_before" } },
  { name: "Hangs after it was applied", harm: { kind: "hang_after" } },
  { name: "No answer but broken JSON", harm: { kind: "junk", value: "invalid_json" } },
  { name: "No answer but a web page", harm: { kind: "junk", value: "page" } },
  { name: "No answer but a body without end", harm: { kind: "junk", value: "endless" } },
  { name: "No answer but redirects in a circle", harm: { kind: "junk", value: "redirect_loop" } },
];

/** Those of Slack; the sandbox knows the others. */
const methods = [
  "*",
  "conversations.create",
  "conversations.invite",
  "conversations.join",
  "conversations.setTopic",
  "conversations.open",
  "chat.postMessage",
  "chat.update",
  "chat.postEphemeral",
  "pins.add",
  "views.open",
  "views.publish",
  "response_url",
];

function harmName(harm: Harm): string {
  return (
    harms.find((one) => one.harm.kind === harm.kind && one.harm.value === harm.value)?.name ??
    harm.kind
  );
}

interface Props {
  version: number;
  /** The channel that is shown. */
  channel: string | null;
  onClose: () => void;
}

export function TroublePane({ version, channel, onClose }: Props) {
  const { workspace, attempt } = useWorld();
  const [sure, setSure] = useState(false);
  const trouble = useAnswer<Trouble>("trouble", version);
  const calls = useAnswer<{ calls: Call[] }>("calls?limit=60", version);
  return (
    <aside className="pane trouble" aria-label="Trouble">
      <header className="pane-header">
        <h1>Trouble</h1>
        <button type="button" className="cross" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </header>
      <div className="scroller">
        {trouble !== null && <Settings trouble={trouble} />}
        <PeoplePart />
        <GroupsPart />
        <AlertPart channel={channel} />
        <FeedsPart version={version} />
        <StatuspagePart version={version} />
        <PagerDutyPart version={version} />
        <ConfluencePart version={version} />
        <h2>Connections of the app</h2>
        <p className="line">
          <button
            type="button"
            className="button"
            onClick={() => void attempt(send("POST", "sockets/refresh"))}
          >
            Ask to reconnect
          </button>
          <button
            type="button"
            className="button"
            onClick={() => void attempt(send("POST", "sockets/cut"))}
          >
            Cut
          </button>
        </p>
        <label className="line">
          Another process with the same token holds{" "}
          <input
            type="number"
            min={0}
            max={9}
            aria-label="Connections of another process"
            value={workspace.foreign_sockets}
            onChange={(event) =>
              void attempt(send("PUT", "sockets/foreign", { count: Number(event.target.value) }))
            }
          />
        </label>
        <h2>Start over</h2>
        <p className="hint">
          Slack, the other vendors and the database of incident-bot begin empty again. Sign in to
          the console again afterwards.
        </p>
        <p className="line">
          <button
            type="button"
            className="button danger"
            onClick={() => {
              if (sure) {
                void attempt(send("POST", "start_over"));
              }
              setSure(!sure);
            }}
          >
            {sure ? "Yes, start over" : "Start over"}
          </button>
        </p>
        <h2>What the app called</h2>
        <ol className="calls">
          {[...(calls?.calls ?? [])].reverse().map((call) => (
            <CallRow key={call.seq} call={call} />
          ))}
        </ol>
      </div>
    </aside>
  );
}

function Settings({ trouble }: { trouble: Trouble }) {
  const { attempt } = useWorld();
  const [method, setMethod] = useState("*");
  const [harm, setHarm] = useState(0);
  const [once, setOnce] = useState(true);
  const change = (part: Partial<Trouble>) => {
    const { latency_ms, latency_of_ms, rate_limits } = { ...trouble, ...part };
    void attempt(send("PUT", "trouble", { latency_ms, latency_of_ms, rate_limits }));
  };
  const add = () => {
    const fault: Fault = {
      method,
      harm: harms[harm]?.harm ?? { kind: "drop_before" },
      times: once ? 1 : null,
    };
    void attempt(send("POST", "faults", fault));
  };
  return (
    <>
      <h2>Every call takes</h2>
      <p className="line">
        <input
          type="range"
          aria-label="Latency in milliseconds"
          min={0}
          max={5000}
          step={100}
          value={trouble.latency_ms}
          onChange={(event) => change({ latency_ms: Number(event.target.value) })}
        />
        <span>{trouble.latency_ms} ms</span>
      </p>
      <h2>Rate limits</h2>
      <label className="line">
        <input
          type="checkbox"
          checked={trouble.rate_limits.enabled}
          onChange={(event) =>
            change({ rate_limits: { ...trouble.rate_limits, enabled: event.target.checked } })
          }
        />
        as in Slack (20 channels a minute, …)
      </label>
      <h2>Faults</h2>
      <div className="fault-form">
        <select
          aria-label="Method"
          value={method}
          onChange={(event) => setMethod(event.target.value)}
        >
          {[...methods, ...trouble.methods].map((name) => (
            <option key={name} value={name}>
              {name === "*" ? "any method" : name}
            </option>
          ))}
        </select>
        <select
          aria-label="Fault"
          value={harm}
          onChange={(event) => setHarm(Number(event.target.value))}
        >
          {harms.map((one, index) => (
            <option key={one.name} value={index}>
              {one.name}
            </option>
          ))}
        </select>
        <label>
          <input
            type="checkbox"
            checked={once}
            onChange={(event) => setOnce(event.target.checked)}
          />{" "}
          only once
        </label>
        <button type="button" className="button primary" onClick={add}>
          Add
        </button>
      </div>
      <ul className="faults">
        {trouble.faults.map(({ id, fault, seen }) => {
          const used = fault.times != null && seen >= (fault.nth ?? 1) - 1 + fault.times;
          return (
            <li key={id} className={used ? "used" : ""}>
              <span>
                <code>{fault.method}</code> {harmName(fault.harm)}
                {fault.times === 1 ? ", once" : ""}
                {used ? " (done)" : ""}
              </span>
              <button
                type="button"
                className="cross"
                aria-label="Remove"
                onClick={() => void attempt(send("DELETE", `faults/${id}`))}
              >
                ×
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function CallRow({ call }: { call: Call }) {
  const good = call.outcome.kind === "ok";
  const took =
    call.took === null ? "" : `${Math.round(call.took.secs * 1000 + call.took.nanos / 1e6)} ms`;
  const outcome =
    call.outcome.kind === "error" || call.outcome.kind === "status"
      ? String(call.outcome.value)
      : call.outcome.kind;
  return (
    <li>
      <details>
        <summary>
          <code>{call.method}</code>{" "}
          <span className={good ? "good" : call.outcome.kind === "pending" ? "" : "bad"}>
            {outcome}
          </span>{" "}
          <small>{took}</small>
        </summary>
        <pre>{JSON.stringify(call.args, null, 2)}</pre>
      </details>
    </li>
  );
}
