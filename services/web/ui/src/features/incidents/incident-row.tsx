import { Text } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IconLock } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { Age } from "../../components/age";
import { age, duration } from "../../components/time";
import { useNow } from "../../components/use-now";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";
import { useLive } from "../live/live-context";
import classes from "./incident-row.module.css";
import { SeverityBadge } from "./severity-badge";
import { StatusBadge } from "./status-badge";

interface IncidentRowProps {
  incident: Incident;
  /** Say for how long it has been open instead of when it was declared. */
  timeOpen?: boolean;
}

/** One incident in a list; the whole row leads to its page. */
export function IncidentRow({ incident, timeOpen = false }: IncidentRowProps) {
  const isNew = useLive().arrived.has(incident.id);
  const now = useNow();
  return (
    <li className={classes.row} data-new={isNew || undefined}>
      <span className={classes.severity}>
        <SeverityBadge severity={incident.severity} />
      </span>
      <span className={classes.title}>
        <Link to="/incidents/$id" params={{ id: incident.id }} className={classes.link} dir="auto">
          {incident.title || "Private incident"}
        </Link>
        {incident.private && <IconLock className={classes.lock} size={15} role="img" aria-label="Private" />}
      </span>
      <Standing incident={incident} />
      <span className={classes.status}>
        <StatusBadge incident={incident} />
      </span>
      <Text component="span" size="sm" c="dimmed" className={classes.by} dir="auto">
        {incident.declaredBy?.name}
      </Text>
      <Text component="span" size="sm" c="dimmed" className={classes.age}>
        {incident.declaredAt &&
          (timeOpen ? (
            <>open {duration(now - timestampMs(incident.declaredAt))}</>
          ) : (
            <Age at={incident.declaredAt} />
          ))}
      </Text>
    </li>
  );
}

/** Who leads and what everybody was last told, in one line. */
function Standing({ incident: { roles, lastUpdate, resolvedAt } }: { incident: Incident }) {
  const now = useNow();
  const commander = roles.find(({ role }) => role?.key === COMMANDER);
  const parts: ReactNode[] = [];
  if (commander?.holder) {
    parts.push(
      <>
        commander <bdi>{commander.holder.name}</bdi>
      </>,
    );
  } else if (commander && !resolvedAt) parts.push("no commander yet");
  if (lastUpdate?.at) {
    parts.push(
      <>
        updated {age(now - timestampMs(lastUpdate.at))}: “<bdi>{lastUpdate.message}</bdi>”
      </>,
    );
  }
  if (parts.length === 0) return null;
  return (
    <Text component="span" size="xs" c="dimmed" className={classes.standing}>
      {parts.map((part, index) => (
        <Fragment key={index}>
          {index > 0 && " · "}
          {part}
        </Fragment>
      ))}
    </Text>
  );
}

/** Key of the role that leads, as the digest has it. */
const COMMANDER = "incident_commander";
