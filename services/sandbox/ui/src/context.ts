/** What nearly every part of the page needs: the workspace, who acts, and saying that something went wrong. */

import { createContext, useContext } from "react";
import type { Actor } from "./api";
import type { Answer, User, Workspace } from "./types";

export interface World {
  workspace: Workspace;
  me: User;
  actor: Actor;
  toast: (text: string) => void;
  /** Does something and says so when it did not work or was not answered; whether it did. */
  attempt: (doing: Promise<unknown>) => Promise<boolean>;
  openChannel: (id: string) => void;
}

const WorldContext = createContext<World | null>(null);

export const WorldProvider = WorldContext.Provider;

export function useWorld(): World {
  const world = useContext(WorldContext);
  if (world === null) {
    throw new Error("used outside of the page");
  }
  return world;
}

export function wasIgnored(answer: unknown): boolean {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "acked_after" in answer &&
    (answer as Answer).acked_after === null
  );
}

/** The bot's own workspace; everybody else's is another company's. */
export function isExternal(workspace: Workspace, user: User): boolean {
  const bot = workspace.people.find((one) => one.id === workspace.bot);
  return bot !== undefined && bot.team_id !== user.team_id;
}

/** What sort of member somebody is, where it is not the usual one. */
export function kindOf(workspace: Workspace, user: User): string | null {
  if (user.deleted) {
    return "deactivated";
  }
  if (isExternal(workspace, user)) {
    return `external, ${user.team_id}`;
  }
  if (user.is_ultra_restricted) {
    return "single-channel guest";
  }
  return user.is_restricted ? "guest" : null;
}

export function userName(workspace: Workspace, id: string): string {
  return workspace.people.find((user) => user.id === id)?.real_name ?? id;
}

/** A `ts` as a time of day. */
export function clock(ts: string): string {
  return new Date(Number(ts) * 1000).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
  });
}

export function day(ts: string): string {
  return new Date(Number(ts) * 1000).toLocaleDateString("en", {
    weekday: "long",
    month: "long",
    day: "numeric",
  });
}
