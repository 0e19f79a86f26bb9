import { Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useApi } from "../../api/api";
import type { Severity } from "../../gen/incident_bot/v1/incidents_pb";
import { NO_FILTERS } from "../incidents/filters";
import { incidentsQuery } from "../incidents/queries";
import classes from "./dashboard-page.module.css";

/** How many incidents of a severity are open; leads to them. */
export function SeverityTile({ severity: { key, emoji, label } }: { severity: Severity }) {
  const filters = useMemo(() => ({ ...NO_FILTERS, severities: [key] }), [key]);
  // The count comes with the smallest of lists: the live stream keeps it true like every other.
  const list = useInfiniteQuery(incidentsQuery(useApi(), filters, 1));
  const total = list.data?.pages[0]?.total;
  return (
    <li>
      <Link
        to="/incidents"
        search={{ severity: key }}
        className={classes.tile}
        data-none={total === 0 || undefined}
      >
        <span className={classes.label}>
          <span aria-hidden>{emoji}</span> {label}
        </span>
        <span className={classes.count}>
          {total ?? (list.isError ? "–" : <Skeleton component="span" display="block" h={28} w={24} my={6} />)}
        </span>
      </Link>
    </li>
  );
}
