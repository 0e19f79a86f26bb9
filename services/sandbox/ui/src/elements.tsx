/** Buttons, selects and the rest: what an element looks like and what it reports. */

import { useState } from "react";
import { ConfirmDialog } from "./confirm";
import { useWorld } from "./context";
import { Link } from "./link";
import { plain } from "./markup";
import { Select, type Choice } from "./select";
import type { Block, Element, Option, Spot } from "./types";

function optionChoice(option: Option): Choice {
  return {
    value: option.value,
    label: plain(option.text),
    ...(option.description === undefined ? {} : { detail: option.description.text }),
    raw: option,
  };
}

export function allOptions(element: Element): Option[] {
  return [
    ...(element.options ?? []),
    ...(element.option_groups ?? []).flatMap((group) => group.options),
  ];
}

/** What an element shows before anybody chose: a value, or several. */
export function initialValue(element: Element): unknown {
  return (
    element.initial_option?.value ??
    element.initial_options?.map((option) => option.value) ??
    element.initial_user ??
    element.initial_users ??
    element.initial_channel ??
    element.initial_channels ??
    element.initial_conversation ??
    element.initial_conversations ??
    element.initial_date ??
    element.initial_time ??
    element.initial_date_time ??
    element.initial_value ??
    null
  );
}

interface FieldProps {
  /** The block's label, for those who cannot see it. */
  label: string;
  which: string;
  element: Element;
  at: Spot;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** An element to choose or type in; it reports through `onChange` only. */
export function Field({ label, which, element, at, value, onChange }: FieldProps) {
  const { workspace, actor } = useWorld();
  const kind = element.type.replace(/^multi_/, "");
  const several = element.type.startsWith("multi_");
  const placeholder = element.placeholder?.text;
  const choose = (choices: Choice[]) => (
    <Select
      label={label}
      placeholder={placeholder ?? "Choose…"}
      choices={choices}
      several={several}
      value={value}
      onChange={onChange}
    />
  );
  switch (kind) {
    case "static_select":
      return choose(allOptions(element).map(optionChoice));
    case "external_select":
      return (
        <Select
          label={label}
          placeholder={placeholder ?? "Search…"}
          several={several}
          value={value}
          onChange={onChange}
          search={async (query) => {
            if (query.length < (element.min_query_length ?? 3)) {
              return [];
            }
            return (await actor.suggest(at, which, query)).map(optionChoice);
          }}
        />
      );
    case "users_select":
      return choose(
        workspace.people.map((user) => ({
          value: user.id,
          label: user.real_name,
          detail: `@${user.name}`,
        })),
      );
    case "channels_select":
    case "conversations_select":
      return choose(
        workspace.channels
          .filter((channel) => channel.kind !== "direct")
          .map((channel) => ({ value: channel.id, label: `#${channel.name}` })),
      );
    case "checkboxes":
    case "radio_buttons":
      return <Boxes label={label} element={element} value={value} onChange={onChange} />;
    case "datepicker":
      return <Input type="date" label={label} value={value} onChange={onChange} />;
    case "timepicker":
      return <Input type="time" label={label} value={value} onChange={onChange} />;
    case "datetimepicker":
      return (
        <Input
          type="datetime-local"
          label={label}
          value={typeof value === "number" ? localTime(value) : ""}
          onChange={(text) =>
            onChange(typeof text === "string" ? Math.floor(Date.parse(text) / 1000) : null)
          }
        />
      );
    case "number_input":
      return <Input type="number" label={label} value={value} onChange={onChange} />;
    default:
      return (
        <Input
          type="text"
          label={label}
          value={value}
          onChange={onChange}
          {...(placeholder === undefined ? {} : { placeholder })}
          multiline={element.multiline === true}
        />
      );
  }
}

function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface InputProps {
  type: string;
  label: string;
  value: unknown;
  placeholder?: string;
  multiline?: boolean;
  onChange: (value: unknown) => void;
}

function Input({ type, label, value, placeholder, multiline = false, onChange }: InputProps) {
  const text = typeof value === "string" ? value : "";
  if (multiline) {
    return (
      <textarea
        aria-label={label}
        rows={4}
        value={text}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <input
      aria-label={label}
      type={type}
      value={text}
      placeholder={placeholder}
      onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
    />
  );
}

interface BoxesProps {
  label: string;
  element: Element;
  value: unknown;
  onChange: (value: unknown) => void;
}

function Boxes({ label, element, value, onChange }: BoxesProps) {
  const many = element.type === "checkboxes";
  const chosen: unknown[] = Array.isArray(value) ? value : [value];
  const change = (option: string, on: boolean) => {
    if (!many) {
      onChange(option);
      return;
    }
    const rest = chosen.filter((one) => one !== option && one !== null);
    onChange(on ? [...rest, option] : rest);
  };
  return (
    <fieldset className="boxes" aria-label={label}>
      {allOptions(element).map((option) => (
        <label key={option.value}>
          <input
            type={many ? "checkbox" : "radio"}
            checked={chosen.includes(option.value)}
            onChange={(event) => change(option.value, event.target.checked)}
          />
          <span>
            {plain(option.text)}
            {option.description !== undefined && <small>{option.description.text}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** An element that tells the app as soon as it is used. */
export function ElementControl({
  block,
  element,
  at,
}: {
  block: Block;
  element: Element;
  at: Spot;
}) {
  const { actor, attempt } = useWorld();
  const [value, setValue] = useState(() => initialValue(element));
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState<{ value: unknown } | null>(null);
  const which = `${block.block_id ?? ""}/${element.action_id ?? ""}`;

  const send = async (next: unknown) => {
    const before = value;
    setValue(next);
    setAsking(null);
    setBusy(true);
    // What was not done is not shown as if it were.
    if (!(await attempt(actor.use(at, which, next)))) {
      setValue(before);
    }
    setBusy(false);
  };
  const use = (next: unknown) => {
    if (element.confirm === undefined) {
      void send(next);
    } else {
      setAsking({ value: next });
    }
  };
  return (
    <span className="element" data-kind={element.type} data-which={which}>
      {element.type === "button" ? (
        <ButtonControl element={element} busy={busy} onPress={() => use(null)} />
      ) : element.type === "overflow" ? (
        <Select
          label="More actions"
          placeholder="⋯"
          menu
          choices={allOptions(element).map(optionChoice)}
          value={null}
          onChange={use}
        />
      ) : (
        <Field
          label={element.placeholder?.text ?? element.action_id ?? "Choose"}
          which={which}
          element={element}
          at={at}
          value={asking === null ? value : asking.value}
          onChange={use}
        />
      )}
      {asking !== null && element.confirm !== undefined && (
        <ConfirmDialog
          confirm={element.confirm}
          onConfirm={() => void send(asking.value)}
          onDeny={() => setAsking(null)}
        />
      )}
    </span>
  );
}

function ButtonControl({
  element,
  busy,
  onPress,
}: {
  element: Element;
  busy: boolean;
  onPress: () => void;
}) {
  const classes = `button ${element.style ?? ""}`;
  if (element.url !== undefined) {
    // Slack opens the link and tells the app of the click as well.
    return (
      <Link href={element.url} className={classes} onClick={onPress}>
        {plain(element.text)}
      </Link>
    );
  }
  return (
    <button type="button" className={classes} disabled={busy} onClick={onPress}>
      {plain(element.text)}
    </button>
  );
}
