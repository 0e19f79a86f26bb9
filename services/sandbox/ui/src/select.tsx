/** A list to search and choose from, one or several. */

import { useEffect, useId, useRef, useState } from "react";

export interface Choice {
  value: string;
  label: string;
  detail?: string;
  /** What is reported instead of the value, for choices that only the app knows. */
  raw?: unknown;
}

interface Props {
  label: string;
  placeholder: string;
  choices?: Choice[];
  /** Asks for choices instead. */
  search?: (query: string) => Promise<Choice[]>;
  several?: boolean;
  /** Looks like a button and keeps no choice. */
  menu?: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
}

const most = 100;

function valueOf(item: unknown): string {
  return typeof item === "object" && item !== null && "value" in item
    ? String(item.value)
    : String(item);
}

function labelOf(item: unknown, choices: Choice[]): string {
  const value = valueOf(item);
  const known = choices.find((choice) => choice.value === value)?.label;
  if (known !== undefined) {
    return known;
  }
  const text = (item as { text?: { text?: string } }).text?.text;
  return text ?? value;
}

export function Select({
  label,
  placeholder,
  choices,
  search,
  several,
  menu,
  value,
  onChange,
}: Props) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [found, setFound] = useState<Choice[]>([]);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open || search === undefined) {
      return undefined;
    }
    let current = true;
    const timer = window.setTimeout(() => {
      search(query)
        .then((answer) => current && setFound(answer))
        .catch(() => current && setFound([]));
    }, 200);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
    // A new function with every drawing is no reason to ask again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [open, query]);

  useEffect(() => {
    const away = (event: PointerEvent) => {
      if (!(event.target instanceof Node) || box.current?.contains(event.target) !== true) {
        setOpen(false);
      }
    };
    window.addEventListener("pointerdown", away);
    return () => window.removeEventListener("pointerdown", away);
  }, []);

  const items = Array.isArray(value) ? (value as unknown[]) : value === null ? [] : [value];
  const known = search === undefined ? (choices ?? []) : found;
  const wanted = query.toLowerCase();
  const listed = (
    search === undefined
      ? known.filter((choice) =>
          `${choice.label} ${choice.detail ?? ""}`.toLowerCase().includes(wanted),
        )
      : known
  ).slice(0, most);

  const choose = (choice: Choice) => {
    const report = search === undefined ? choice.value : (choice.raw ?? choice.value);
    setQuery("");
    if (several === true) {
      const rest = items.filter((item) => valueOf(item) !== choice.value);
      onChange(rest.length === items.length ? [...items, report] : rest);
      return;
    }
    setOpen(false);
    onChange(report);
  };

  const keys = (event: React.KeyboardEvent) => {
    const choice = listed[active];
    if (event.key === "ArrowDown") {
      setActive(Math.min(active + 1, listed.length - 1));
    } else if (event.key === "ArrowUp") {
      setActive(Math.max(active - 1, 0));
    } else if (event.key === "Enter" && choice !== undefined) {
      choose(choice);
    } else if (event.key === "Escape") {
      setOpen(false);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const shown = items.map((item) => labelOf(item, choices ?? found)).join(", ");
  return (
    <div className="select" ref={box}>
      <button
        type="button"
        className={menu === true ? "button menu" : shown === "" ? "chooser empty" : "chooser"}
        aria-label={shown === "" ? label : `${label}: ${shown}`}
        aria-haspopup="listbox"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
          setActive(0);
        }}
      >
        <span>{shown === "" || menu === true ? placeholder : shown}</span>
        {menu !== true && <span aria-hidden="true">▾</span>}
      </button>
      {open && (
        <div className="choices">
          {(search !== undefined || known.length > 7) && (
            <input
              aria-label={`Search ${label}`}
              aria-controls={id}
              // The list was opened by hand: typing belongs to it.
              // eslint-disable-next-line jsx-a11y/no-autofocus
              autoFocus
              value={query}
              placeholder="Search"
              onChange={(event) => {
                setQuery(event.target.value);
                setActive(0);
              }}
              onKeyDown={keys}
            />
          )}
          <div id={id} role="listbox" tabIndex={-1} aria-label={label} onKeyDown={keys}>
            {listed.map((choice, index) => {
              const chosen = items.some((item) => valueOf(item) === choice.value);
              return (
                <button
                  key={choice.value}
                  type="button"
                  role="option"
                  aria-selected={chosen}
                  className={index === active ? "choice active" : "choice"}
                  onMouseEnter={() => setActive(index)}
                  onClick={() => choose(choice)}
                >
                  <span>
                    {choice.label}
                    {choice.detail !== undefined && <small>{choice.detail}</small>}
                  </span>
                  {chosen && <span aria-hidden="true">✓</span>}
                </button>
              );
            })}
            {listed.length === 0 && <p className="nothing">Nothing found</p>}
          </div>
        </div>
      )}
    </div>
  );
}
