import { PageState, type Page } from "../../gen/incident_bot/v1/on_call_pb";

/** Who is called, in words: the team, or somebody of it. */
export function whom({ team, person }: Page): string {
  return person === "" ? team : `${person} (${team})`;
}

/** Whether nobody is called by it any more, or ever was. */
export function isOver({ state }: Page): boolean {
  return state === PageState.FAILED || state === PageState.WITHDRAWN || state === PageState.RESOLVED;
}
