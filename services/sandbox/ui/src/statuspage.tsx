/** The status page as customers see it, and changing it as people do on Statuspage itself. */

import { useState } from "react";
import { send, useAnswer } from "./api";
import { useWorld } from "./context";
import type { PageIncident, StatusPage } from "./types";

const states = ["investigating", "identified", "monitoring", "resolved"];
const maintenance = ["scheduled", "in_progress", "verifying", "completed"];

export function StatuspagePart({ version }: { version: number }) {
  const { attempt } = useWorld();
  const page = useAnswer<StatusPage>("statuspage", version);
  const [name, setName] = useState("");
  if (page === null) {
    return null;
  }
  const begin = (planned: boolean) => {
    const about = name.trim() === "" ? "Search is slow" : name.trim();
    setName("");
    void attempt(send("POST", "statuspage/incidents", { name: about, maintenance: planned }));
  };
  return (
    <>
      <h2>Statuspage</h2>
      <label className="line">
        <input
          type="checkbox"
          checked={page.limited}
          onChange={(event) =>
            void attempt(send("PUT", "statuspage/limit", { limited: event.target.checked }))
          }
        />{" "}
        One call a second, else 420
      </label>
      <div className="fault-form">
        <input
          aria-label="Name on Statuspage"
          placeholder="Search is slow"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="button" className="button" onClick={() => begin(false)}>
          Begin there
        </button>
        <button type="button" className="button" onClick={() => begin(true)}>
          Plan maintenance
        </button>
      </div>
      <ul className="faults">
        {page.incidents.map((incident) => (
          <IncidentRow key={incident.id} incident={incident} />
        ))}
        {page.components
          .filter((component) => component.status !== "operational")
          .map((component) => (
            <li key={component.id}>
              <span>
                {groupName(page, component.group)}
                {component.name}
              </span>
              <code>{component.status}</code>
            </li>
          ))}
      </ul>
      <p className="line">{page.components.length} components, the others operational.</p>
    </>
  );
}

function groupName(page: StatusPage, id: string | null): string {
  const group = page.groups.find((one) => one.id === id);
  return group === undefined ? "" : `${group.name}: `;
}

function IncidentRow({ incident }: { incident: PageIncident }) {
  const { attempt } = useWorld();
  const [body, setBody] = useState("");
  const write = (status: string) => {
    const said = body.trim() === "" ? "Written on Statuspage itself." : body.trim();
    setBody("");
    void attempt(send("PUT", `statuspage/incidents/${incident.id}`, { status, body: said }));
  };
  const last = incident.updates.at(-1);
  const over = incident.status === "resolved" || incident.status === "completed";
  return (
    <li className={over ? "used" : ""}>
      <span>
        {incident.name} · {incident.impact}
        {last !== undefined && (
          <>
            <br />
            <small>
              {last.body}
              {last.notified ? "" : " (nobody notified)"}
            </small>
          </>
        )}
      </span>
      <input
        aria-label={`Words about ${incident.name}`}
        placeholder="Write there…"
        value={body}
        onChange={(event) => setBody(event.target.value)}
      />
      <select
        aria-label={`State of ${incident.name} on Statuspage`}
        value={incident.status}
        onChange={(event) => write(event.target.value)}
      >
        {(incident.scheduled_for === null ? states : maintenance).map((state) => (
          <option key={state}>{state}</option>
        ))}
      </select>
      <button
        type="button"
        className="button"
        onClick={() => void attempt(send("DELETE", `statuspage/incidents/${incident.id}`))}
      >
        Remove
      </button>
    </li>
  );
}
