/** The app's home. */

import { useEffect } from "react";
import { Blocks } from "./blocks";
import { isExternal, useWorld } from "./context";

export function HomePane() {
  const { workspace, me, actor, attempt } = useWorld();
  const bot = workspace.people.find((user) => user.id === workspace.bot);
  const external = isExternal(workspace, me);
  useEffect(() => {
    if (!external) {
      void attempt(actor.openHome());
    }
    // Opening is what counts, not every change while it is open.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return (
    <section className="pane">
      <header className="pane-header">
        <h1>{bot?.name ?? "App"}</h1>
        <p className="topic">Home</p>
      </header>
      <div className="scroller home">
        {external ? (
          <p className="nothing">The app is not installed in the workspace of {me.real_name}.</p>
        ) : workspace.home === null ? (
          <p className="nothing">The app has not published its home yet.</p>
        ) : (
          <Blocks blocks={workspace.home.content.blocks} at={{ view: workspace.home.id }} />
        )}
      </div>
    </section>
  );
}
