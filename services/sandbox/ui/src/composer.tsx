/** Where a person types: messages, mentions, slash commands; and the menu of shortcuts. */

import { useEffect, useRef, useState } from "react";
import { useWorld } from "./context";
import type { Channel } from "./types";

interface Offer {
  text: string;
  detail: string;
}

export function Composer({ channel, thread }: { channel: Channel; thread: string | null }) {
  const { workspace, actor, attempt } = useWorld();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [menu, setMenu] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const bot = workspace.people.find((user) => user.id === workspace.bot);

  // What the last word could become.
  const word = /(?:^|\s)([@#/][\w-]*)$/.exec(text)?.[1] ?? "";
  const offers = offersFor(word, text);
  const chosen = offers[Math.min(active, offers.length - 1)];

  function offersFor(start: string, all: string): Offer[] {
    const rest = start.slice(1).toLowerCase();
    if (start.startsWith("@")) {
      return workspace.people
        .filter((user) => user.name.startsWith(rest))
        .sort((a, b) => Number(b.is_bot) - Number(a.is_bot))
        .slice(0, 6)
        .map((user) => ({ text: `@${user.name}`, detail: user.real_name }));
    }
    if (start.startsWith("#")) {
      return workspace.channels
        .filter((one) => one.kind !== "direct" && one.name.startsWith(rest))
        .slice(0, 6)
        .map((one) => ({ text: `#${one.name}`, detail: "" }));
    }
    if (start.startsWith("/") && all === start) {
      return workspace.commands
        .filter((command) => command.startsWith(start) && command !== start)
        .map((command) => ({ text: command, detail: bot?.real_name ?? "" }));
    }
    return [];
  }

  const complete = (offer: Offer) => {
    setText(`${text.slice(0, text.length - word.length)}${offer.text} `);
    setActive(0);
    field.current?.focus();
  };

  const send = () => {
    const whole = text.trim();
    if (whole === "") {
      return;
    }
    setText("");
    if (whole.startsWith("/") && thread === null) {
      const [command = "", ...rest] = whole.split(" ");
      void attempt(actor.slash(command, rest.join(" "), channel.id));
    } else {
      void attempt(actor.say(channel.id, whole, thread));
    }
  };

  useEffect(() => field.current?.focus(), []);

  const keys = (event: React.KeyboardEvent) => {
    if (chosen !== undefined && chosen.text !== word) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        setActive((active + step + offers.length) % offers.length);
        event.preventDefault();
        return;
      }
      if (event.key === "Tab" || event.key === "Enter") {
        complete(chosen);
        event.preventDefault();
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      send();
      event.preventDefault();
    }
  };

  const where = channel.kind === "direct" ? (bot?.real_name ?? "") : `#${channel.name}`;
  return (
    <div className="composer">
      {offers.length > 0 && chosen?.text !== word && (
        <div className="offers">
          {offers.map((offer, index) => (
            <button
              key={offer.text}
              type="button"
              className={index === active ? "choice active" : "choice"}
              onClick={() => complete(offer)}
            >
              <span>
                {offer.text} <small>{offer.detail}</small>
              </span>
            </button>
          ))}
        </div>
      )}
      {menu && (
        <div className="offers" role="menu">
          <p className="nothing">Shortcuts of {bot?.real_name}</p>
          {workspace.shortcuts.map((shortcut) => (
            <button
              key={shortcut.callback_id}
              type="button"
              role="menuitem"
              className="choice"
              onClick={() => {
                setMenu(false);
                void attempt(actor.shortcut(shortcut.callback_id));
              }}
            >
              <span>⚡ {shortcut.name}</span>
            </button>
          ))}
        </div>
      )}
      <textarea
        ref={field}
        aria-label={`Message ${where}`}
        placeholder={thread === null ? `Message ${where}` : "Reply…"}
        rows={Math.min(8, text.split("\n").length)}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={keys}
      />
      <div className="composer-buttons">
        {thread === null && (
          <button
            type="button"
            className="plain"
            aria-expanded={menu}
            onClick={() => setMenu(!menu)}
          >
            ⚡ Shortcuts
          </button>
        )}
        {thread === null && (
          <>
            <button type="button" className="plain" onClick={() => picker.current?.click()}>
              📎 File
            </button>
            <input
              ref={picker}
              type="file"
              hidden
              aria-label="File to share"
              onChange={(event) => {
                const file = event.target.files?.[0];
                event.target.value = "";
                if (file !== undefined) {
                  void attempt(actor.share(channel.id, file));
                }
              }}
            />
          </>
        )}
        <span className="hint">Enter sends · / for commands · @ to mention</span>
        <button
          type="button"
          className="send"
          aria-label="Send"
          disabled={text.trim() === ""}
          onClick={send}
        >
          ➤
        </button>
      </div>
    </div>
  );
}
