import { Skeleton } from "@mantine/core";
import type { Ref } from "react";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";
import { IncidentRow } from "./incident-row";
import classes from "./incident-row.module.css";

interface IncidentListProps {
  label: string;
  incidents: Incident[];
  timeOpen?: boolean;
  ref?: Ref<HTMLUListElement>;
}

export function IncidentList({ label, incidents, timeOpen = false, ref }: IncidentListProps) {
  return (
    <ul className={classes.list} aria-label={label} ref={ref}>
      {incidents.map((incident) => (
        <IncidentRow key={incident.id} incident={incident} timeOpen={timeOpen} />
      ))}
    </ul>
  );
}

/** Rows of the same height while the list is on its way. */
export function IncidentListSkeleton({ rows }: { rows: number }) {
  return (
    <ul className={classes.list} aria-busy aria-label="Loading incidents">
      {Array.from({ length: rows }, (_, index) => (
        <li key={index} className={classes.row}>
          <Skeleton className={classes.severity} w={64} h={16} />
          <Skeleton className={classes.title} w={`${70 - ((index * 17) % 35)}%`} h={16} />
          <Skeleton className={classes.status} w={96} h={20} />
          <Skeleton className={classes.by} w={80} h={14} />
          <Skeleton className={classes.age} w={72} h={14} />
        </li>
      ))}
    </ul>
  );
}
