/** PagerDuty: the pages that it holds, and acknowledging and resolving them as one of those who are called. */

import { send, useAnswer } from "./api";
import { useWorld } from "./context";
import type { PagerDuty, PagerDutyIncident } from "./types";

export function PagerDutyPart({ version }: { version: number }) {
  const account = useAnswer<PagerDuty>("pagerduty", version);
  const incidents = [...(account?.incidents ?? [])].reverse();
  return (
    <>
      <h2>PagerDuty</h2>
      {incidents.length === 0 && <p className="line">No pages yet.</p>}
      <ul className="faults">
        {incidents.map((incident) => (
          <IncidentRow key={incident.id} incident={incident} users={account?.users ?? []} />
        ))}
      </ul>
    </>
  );
}

function IncidentRow({
  incident,
  users,
}: {
  incident: PagerDutyIncident;
  users: PagerDuty["users"];
}) {
  const { me, attempt } = useWorld();
  const change = (status: string) =>
    void attempt(send("PUT", `pagerduty/incidents/${incident.id}`, { who: me.name, status }));
  const names = incident.assigned.map((id) => users.find((user) => user.id === id)?.name ?? id);
  return (
    <li className={incident.status === "resolved" ? "used" : ""}>
      <span>
        <code>{incident.status}</code> {incident.title} ({names.join(", ")})
      </span>
      {incident.status === "triggered" && (
        <button type="button" className="button" onClick={() => change("acknowledged")}>
          Acknowledge
        </button>
      )}
      {incident.status !== "resolved" && (
        <button type="button" className="button" onClick={() => change("resolved")}>
          Resolve
        </button>
      )}
    </li>
  );
}
