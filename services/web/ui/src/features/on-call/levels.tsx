import { Text } from "@mantine/core";
import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { ReactNode } from "react";
import { day, exactTime, timeOfDay, weekday } from "../../components/time";
import { useNow } from "../../components/use-now";
import { useTimeZone } from "../../components/use-time-zone";
import type { OnCallLevel, OnCallPerson, Team } from "../../gen/incident_bot/v1/on_call_pb";
import classes from "./on-call.module.css";

interface LevelsProps {
  team: Team;
  /** What can be done about somebody. */
  action?: (person: OnCallPerson) => ReactNode;
}

/** Who of a team is called, in order, and until when they are on call. */
export function Levels({ team, action }: LevelsProps) {
  if (team.levels.length === 0) return <Text size="sm">It calls nobody.</Text>;
  return (
    <ol className={classes.levels} aria-label={`On call for ${team.name}`}>
      {team.levels.map((level, index) => (
        <li key={level.number} className={classes.level}>
          <Text size="xs" c="dimmed" className={classes.order}>
            {order(team.levels[index - 1])}
          </Text>
          <div className={classes.people}>
            {level.people.length === 0 && (
              <Text size="sm" c="dimmed">
                Nobody now
              </Text>
            )}
            {level.people.map((person) => (
              <div key={person.id} className={classes.person}>
                <Text size="sm" className={classes.name}>
                  <Text span inherit fw={600} dir="auto">
                    {person.name}
                  </Text>{" "}
                  {person.until && <Until at={person.until} />}
                </Text>
                {action?.(person)}
              </div>
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** When a level is called, by the one before it. */
function order(before: OnCallLevel | undefined): string {
  if (!before) return "First";
  return before.minutes > 0 ? `After ${before.minutes} min` : "Then";
}

const WEEK_MS = 6 * 24 * 60 * 60_000;

/** The end of somebody's time on call: the day is said where it is not today. */
function Until({ at }: { at: Timestamp }) {
  const timeZone = useTimeZone();
  const now = useNow();
  const ms = timestampMs(at);
  const date = day(ms, timeZone);
  const on = date === day(now, timeZone) ? "" : ms - now < WEEK_MS ? weekday(ms, timeZone) : date;
  return (
    <Text span size="xs" c="dimmed" title={exactTime(ms, timeZone)}>
      until {on} {timeOfDay(ms, timeZone)}
    </Text>
  );
}
