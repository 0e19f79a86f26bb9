import { Text } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IconLock } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Age } from "../../components/age";
import { duration } from "../../components/time";
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
    <li className={classes.row} data-new={isNew || undefined} data-time-open={timeOpen || undefined}>
      <span className={classes.severity}>
        <SeverityBadge severity={incident.severity} />
      </span>
      <span className={classes.title}>
        <Link to="/incidents/$id" params={{ id: incident.id }} className={classes.link} dir="auto">
          {incident.title}
        </Link>
        {incident.private && <IconLock className={classes.lock} size={15} role="img" aria-label="Private" />}
      </span>
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
