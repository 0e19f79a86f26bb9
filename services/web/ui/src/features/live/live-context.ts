import { createContext, use } from "react";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";
import type { LiveState } from "./watch";

export interface Live {
  state: LiveState;
  /** The incident that was declared last while the page was open. */
  latest: Incident | null;
  /** Incidents that arrived a moment ago. */
  arrived: ReadonlySet<string>;
}

export const LiveContext = createContext<Live>({ state: "connecting", latest: null, arrived: new Set() });

export const useLive = () => use(LiveContext);
