/** A modal: fields, what is wrong with them, and its buttons. */

import { useEffect, useRef, useState } from "react";
import { sentence } from "./api";
import { Blocks } from "./blocks";
import { useWorld } from "./context";
import { Field } from "./elements";
import type { Block, StateValue, View } from "./types";

/** A reported value in the form that fields work with. */
function fieldValue(state: StateValue | undefined): unknown {
  if (state === undefined) {
    return null;
  }
  return (
    state.value ??
    (state.type === "external_select" ? state.selected_option : state.selected_option?.value) ??
    (state.type === "multi_external_select"
      ? state.selected_options
      : state.selected_options?.map((option) => option.value)) ??
    state.selected_user ??
    state.selected_users ??
    state.selected_channel ??
    state.selected_channels ??
    state.selected_conversation ??
    state.selected_conversations ??
    state.selected_date ??
    state.selected_time ??
    state.selected_date_time ??
    null
  );
}

function keyOf(block: Block): string {
  return `${block.block_id ?? ""}/${block.element?.action_id ?? ""}`;
}

export function Modal({ view }: { view: View }) {
  const { actor, attempt, toast } = useWorld();
  const [typed, setTyped] = useState<Record<string, unknown>>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const dialog = useRef<HTMLFormElement>(null);
  const { content } = view;
  const inputs = content.blocks.filter((block) => block.type === "input");

  useEffect(() => {
    dialog.current?.querySelector<HTMLElement>("input, textarea, .chooser")?.focus();
  }, []);

  const value = (block: Block): unknown => {
    const key = keyOf(block);
    return key in typed
      ? typed[key]
      : fieldValue(view.values[block.block_id ?? ""]?.[block.element?.action_id ?? ""]);
  };

  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const values = Object.fromEntries(inputs.map((block) => [keyOf(block), value(block)]));
      const done = await actor.submit(view.id, values);
      if (done.kind === "unanswered") {
        setProblem("We had some trouble connecting. Try again?");
      } else if (done.kind === "misunderstood") {
        setProblem(`The app's answer was not understood: ${done.value}`);
      }
    } catch (error) {
      toast(sentence(error instanceof Error ? error.message : String(error)));
    }
    setBusy(false);
  };

  const groups: { input: Block | null; others: Block[] }[] = [];
  for (const block of content.blocks) {
    const last = groups.at(-1);
    if (block.type === "input") {
      groups.push({ input: block, others: [] });
    } else if (last?.input === null) {
      last.others.push(block);
    } else {
      groups.push({ input: null, others: [block] });
    }
  }
  const title = content.title?.text ?? "";
  return (
    <div
      className="veil"
      role="presentation"
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          void attempt(actor.close(view.id));
        }
      }}
    >
      <form
        ref={dialog}
        className="dialog"
        role="dialog"
        aria-modal="true"
        aria-label={title}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <header>
          <h2>{title}</h2>
          <button
            type="button"
            className="cross"
            aria-label="Close"
            onClick={() => void attempt(actor.close(view.id))}
          >
            ×
          </button>
        </header>
        <div className="dialog-body">
          {problem !== null && (
            <p className="problem" role="alert">
              {problem}
            </p>
          )}
          {groups.map((group, index) =>
            group.input === null ? (
              <Blocks key={index} blocks={group.others} at={{ view: view.id }} />
            ) : (
              <InputBlock
                key={keyOf(group.input)}
                block={group.input}
                view={view}
                value={value(group.input)}
                onChange={(next) => {
                  const key = keyOf(group.input ?? { type: "input" });
                  setTyped((before) => ({ ...before, [key]: next }));
                  if (group.input?.dispatch_action === true) {
                    void attempt(actor.use({ view: view.id }, key, next));
                  }
                }}
              />
            ),
          )}
        </div>
        <footer>
          <button
            type="button"
            className="button"
            onClick={() => void attempt(actor.close(view.id))}
          >
            {content.close?.text ?? "Cancel"}
          </button>
          {content.submit != null && (
            <button type="submit" className="button primary" disabled={busy}>
              {busy ? "Sending…" : content.submit.text}
            </button>
          )}
        </footer>
      </form>
    </div>
  );
}

interface InputBlockProps {
  block: Block;
  view: View;
  value: unknown;
  onChange: (value: unknown) => void;
}

function InputBlock({ block, view, value, onChange }: InputBlockProps) {
  const error = view.errors[block.block_id ?? ""];
  const label = block.label?.text ?? "";
  return (
    <div className={error === undefined ? "field" : "field wrong"}>
      <div className="label">
        {label}
        {block.optional === true && <small> (optional)</small>}
      </div>
      {block.element !== undefined && (
        <span className="element" data-kind={block.element.type} data-which={keyOf(block)}>
          <Field
            label={label}
            which={keyOf(block)}
            element={block.element}
            at={{ view: view.id }}
            value={value}
            onChange={onChange}
          />
        </span>
      )}
      {error !== undefined && (
        <p className="error" role="alert">
          {error}
        </p>
      )}
      {block.hint !== undefined && <p className="hint">{block.hint.text}</p>}
    </div>
  );
}
