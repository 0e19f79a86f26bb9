/** The status feeds of providers: what they say is wrong, and letting it begin, change and end. */

import { useState } from "react";
import { send, useAnswer } from "./api";
import { useWorld } from "./context";
import type { Feeds, Outage } from "./types";

const states = ["investigating", "identified", "monitoring", "resolved"];

export function FeedsPart({ version }: { version: number }) {
  const { attempt } = useWorld();
  const feeds = useAnswer<Feeds>("feeds", version)?.feeds ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const provider = chosen ?? feeds[0]?.provider ?? "";
  const [title, setTitle] = useState("");
  const begin = () => {
    const about = title.trim() === "" ? "Elevated error rates" : title.trim();
    setTitle("");
    void attempt(send("POST", `feeds/${provider}/outages`, { title: about }));
  };
  return (
    <>
      <h2>Status of providers</h2>
      <div className="fault-form">
        <select
          aria-label="Provider"
          value={provider}
          onChange={(event) => setChosen(event.target.value)}
        >
          {feeds.map((feed) => (
            <option key={feed.provider} value={feed.provider}>
              {feed.provider}
            </option>
          ))}
        </select>
        <input
          aria-label="What is wrong"
          placeholder="Elevated error rates"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <button type="button" className="button primary" disabled={provider === ""} onClick={begin}>
          Start an outage
        </button>
      </div>
      <ul className="faults">
        {feeds.flatMap((feed) =>
          feed.outages.map((outage) => (
            <OutageRow key={`${feed.provider}/${outage.id}`} of={feed.provider} outage={outage} />
          )),
        )}
      </ul>
    </>
  );
}

function OutageRow({ of, outage }: { of: string; outage: Outage }) {
  const { attempt } = useWorld();
  const change = (state: string) =>
    void attempt(send("PUT", `feeds/${of}/outages/${outage.id}`, { state }));
  return (
    <li className={outage.ended_at === null ? "" : "used"}>
      <span>
        <code>{of}</code> {outage.title}
      </span>
      <select
        aria-label={`State of ${outage.title}`}
        value={outage.state}
        onChange={(event) => change(event.target.value)}
      >
        {states.map((state) => (
          <option key={state}>{state}</option>
        ))}
      </select>
    </li>
  );
}
