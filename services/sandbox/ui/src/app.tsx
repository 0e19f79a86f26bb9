/** The frame: who acts, which channel is shown, the modal on top and the panel for trouble. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { actor as actorFor, sentence, useAnswer, useLive, useToasts } from "./api";
import { ChannelPane } from "./channel";
import { WorldProvider, wasIgnored, type World } from "./context";
import { HomePane } from "./home";
import { Modal } from "./modal";
import { Sidebar } from "./sidebar";
import { TroublePane } from "./trouble";
import type { Workspace } from "./types";

/** `/archives/<channel>/p<ts>` shows a channel, `/home` the app's home; `?as=` says who acts. */
interface Address {
  who: string;
  channel: string | null;
  home: boolean;
  ts: string | null;
}

function readAddress(): Address {
  const parts = window.location.pathname.split("/").filter(Boolean);
  const who = new URLSearchParams(window.location.search).get("as") ?? "alice";
  const stamp = /^p(\d+)(\d{6})$/.exec(parts[2] ?? "");
  return {
    who,
    home: parts[0] === "home",
    channel: parts[0] === "archives" ? (parts[1] ?? null) : null,
    ts: stamp === null ? null : `${stamp[1] ?? ""}.${stamp[2] ?? ""}`,
  };
}

function writeAddress(address: Address) {
  const path = address.home ? "/home" : address.channel ? `/archives/${address.channel}` : "/";
  window.history.pushState(null, "", `${path}?as=${encodeURIComponent(address.who)}`);
}

export function App() {
  const [address, setAddress] = useState(readAddress);
  const [troubled, setTroubled] = useState(false);
  const { version, lost } = useLive();
  const { toasts, toast } = useToasts();
  const workspace = useAnswer<Workspace>(`people/${address.who}`, version);

  useEffect(() => {
    const back = () => setAddress(readAddress());
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, []);

  const go = useCallback((change: Partial<Address>) => {
    setAddress((before) => {
      const next = { ...before, ts: null, ...change };
      writeAddress(next);
      return next;
    });
  }, []);

  const attempt = useCallback(
    async (doing: Promise<unknown>) => {
      try {
        if (wasIgnored(await doing)) {
          toast("The app did not respond in time.");
          return false;
        }
        return true;
      } catch (error) {
        toast(sentence(error instanceof Error ? error.message : String(error)));
        return false;
      }
    },
    [toast],
  );

  const world = useMemo((): World | null => {
    const me = workspace?.people.find((user) => user.id === workspace.me);
    if (workspace === null || me === undefined) {
      return null;
    }
    const openChannel = (id: string) => go({ channel: id, home: false });
    return { workspace, me, actor: actorFor(address.who), toast, attempt, openChannel };
  }, [workspace, address.who, toast, attempt, go]);

  if (world === null) {
    return <p className="waiting">{lost ? "The sandbox cannot be reached." : "Loading…"}</p>;
  }
  // A channel that was deleted, or that this person does not see, is not shown.
  const shown =
    world.workspace.channels.find((channel) => channel.id === address.channel)?.id ??
    world.workspace.channels.find((channel) => channel.name === "incidents")?.id ??
    world.workspace.channels[0]?.id ??
    null;
  const view = world.workspace.views.at(-1);
  return (
    <WorldProvider value={world}>
      <div className="frame">
        <Sidebar
          shown={address.home ? null : shown}
          home={address.home}
          troubled={troubled}
          onPerson={(who) => go({ who })}
          onHome={() => go({ home: true, channel: null })}
          onTrouble={() => setTroubled(!troubled)}
        />
        <main className="main" key={address.who}>
          {lost && <div className="banner">The sandbox cannot be reached. Trying again…</div>}
          {world.workspace.starting_over && (
            <div className="banner" role="status">
              Starting over: incident-bot gets an empty database. This takes about ten seconds.
            </div>
          )}
          {!lost && !world.workspace.starting_over && world.workspace.sockets === 0 && (
            <div className="banner">
              No app is connected: buttons, shortcuts and commands will not be answered.
            </div>
          )}
          {address.home || shown === null ? (
            <HomePane />
          ) : (
            <ChannelPane key={shown} id={shown} version={version} wanted={address.ts} />
          )}
        </main>
        {troubled && (
          <TroublePane version={version} channel={shown} onClose={() => setTroubled(false)} />
        )}
      </div>
      {view !== undefined && <Modal key={view.id} view={view} />}
      <div className="toasts" role="status">
        {toasts.map((one) => (
          <div key={one.id} className="toast">
            {one.text}
          </div>
        ))}
      </div>
    </WorldProvider>
  );
}
