import { PageUrgency, type Team } from "../../gen/incident_bot/v1/on_call_pb";

/** The most characters of what somebody who is paged is told. */
export const MAX_MESSAGE = 1_000;

/** Whom to call, and what to tell them. */
export interface PageWish {
  team: Team | null;
  /** PagerDuty's id of one person of it; empty for the whole team. */
  personId: string;
  urgency: PageUrgency;
  message: string;
}

export const NEW_WISH: PageWish = { team: null, personId: "", urgency: PageUrgency.HIGH, message: "" };

/** Everybody of a team who is on call, each once. */
export function peopleOf(team: Team | null) {
  const people = team?.levels.flatMap((level) => level.people) ?? [];
  return [...new Map(people.map((person) => [person.id, person])).values()];
}

/** Whom to call, as the server is asked. */
export function toRequest(incidentId: string, { team, personId, urgency }: PageWish) {
  return { incidentId, teamId: team?.id ?? "", personId, urgency };
}
