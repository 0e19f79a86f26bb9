import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useApi } from "../../api/api";
import { askAgain } from "../../api/ask-again";
import { endSession, refreshSession, useSession } from "../auth/session";
import { INCIDENTS_KEY, LISTS_KEY, detailKey, pinsKey, type Incident } from "../incidents/queries";
import { applyChange } from "./apply-change";
import { LiveContext } from "./live-context";
import { watchTogether } from "./shared-stream";
import type { LiveState } from "./watch";

/** A hidden tab keeps the stream for this long: browsers slow down what a hidden page does. */
const HIDDEN_MS = 60_000;
/** Lists are asked for again at most this often, however many incidents change. */
const ASK_MS = 1_000;
/** How long a new row stands out. */
const ARRIVED_MS = 4_000;

/** Keeps what is on the screen true while somebody is signed in: one stream for all tabs of the browser. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const api = useApi();
  const queryClient = useQueryClient();
  // A stream is for whoever one is when it begins: that decides what is seen of private incidents.
  const session = useSession();
  const who = session ? `${session.email}/${session.slackUserId}/${String(session.role)}` : "";
  const [state, setState] = useState<LiveState>("connecting");
  const [latest, setLatest] = useState<Incident | null>(null);
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());

  useEffect(() => {
    let asking: ReturnType<typeof setTimeout> | undefined;
    const askLists = () => {
      asking ??= setTimeout(() => {
        asking = undefined;
        askAgain(queryClient, LISTS_KEY);
      }, ASK_MS);
    };

    const seen = new Set<string>();
    const welcome = (incident: Incident) => {
      if (!seen.has(incident.id) && isNew(incident)) {
        setLatest(incident);
        setArrived((ids) => new Set(ids).add(incident.id));
        setTimeout(() => setArrived((ids) => without(ids, incident.id)), ARRIVED_MS);
      }
      seen.add(incident.id);
    };

    let stream: AbortController | undefined;
    let hasBeenOpen = false;
    const start = () => {
      if (stream) return;
      stream = new AbortController();
      void watchTogether(
        api,
        who,
        {
          onState: setState,
          onOpen: () => {
            askAgain(queryClient, INCIDENTS_KEY);
            // A stream ends, too, when what one may do has changed.
            if (hasBeenOpen) void refreshSession(queryClient);
            hasBeenOpen = true;
          },
          onSessionEnd: () => endSession(queryClient),
          onChange: (incident) => {
            if (applyChange(queryClient, incident).askServer) askLists();
            // The stream tells of the incident only; its timeline has to be read.
            askAgain(queryClient, detailKey(incident.id));
            askAgain(queryClient, pinsKey(incident.id));
            welcome(incident);
          },
        },
        stream.signal,
      );
    };
    const stop = () => {
      stream?.abort();
      stream = undefined;
    };

    let hiding: ReturnType<typeof setTimeout> | undefined;
    const onVisibility = () => {
      clearTimeout(hiding);
      if (document.visibilityState === "hidden") hiding = setTimeout(stop, HIDDEN_MS);
      else start();
    };
    // What looked open may be dead after this; the page says so and tries again.
    const onOffline = () => {
      stop();
      setState("down");
    };

    start();
    document.addEventListener("visibilitychange", onVisibility);
    window.addEventListener("offline", onOffline);
    window.addEventListener("online", start);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("offline", onOffline);
      window.removeEventListener("online", start);
      clearTimeout(hiding);
      clearTimeout(asking);
      stop();
    };
  }, [api, queryClient, who]);

  const live = useMemo(() => ({ state, latest, arrived }), [state, latest, arrived]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** Whether this change is the declaration, or follows right after it; by the server's clock alone. */
function isNew({ declaredAt, updatedAt }: Incident): boolean {
  if (!declaredAt || !updatedAt) return false;
  return timestampMs(updatedAt) - timestampMs(declaredAt) < 30_000;
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}
