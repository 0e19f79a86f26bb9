import { checkLength } from "../../components/text-length";
import { keep, readKept } from "../../components/kept";
import { newId } from "../../components/new-id";

/** What is typed into the form. It outlives the dialog, so that neither Escape, nor a sign-in, nor a reload loses it. */
export interface Draft {
  description: string;
  /** A key; empty for the default. */
  severity: string;
  private: boolean;
  /** The same for every press of the button: the server declares it once, however often it is asked. */
  requestId: string;
}

export function newDraft(): Draft {
  return { description: "", severity: "", private: false, requestId: newId() };
}

export const MAX_DESCRIPTION = 3000;

/** What is wrong with the description, or nothing. */
export function checkDescription(description: string): string | undefined {
  if (description.trim() === "") return "Describe what is happening in a few words.";
  return checkLength(description, MAX_DESCRIPTION);
}

const KEY = "incident-bot-declare";

/** Keeps what was typed over a reload, with its id: what was sent is not declared twice. */
export function keepDraft(draft: Draft): void {
  keep(KEY, draft.description.trim() === "" ? undefined : JSON.stringify(draft));
}

export function keptDraft(): Draft | undefined {
  try {
    const kept: unknown = JSON.parse(readKept(KEY) ?? "null");
    return isDraft(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isDraft(kept: unknown): kept is Draft {
  if (typeof kept !== "object" || kept === null) return false;
  const { description, severity, private: isPrivate, requestId } = kept as Partial<Draft>;
  return (
    [description, severity, requestId].every((text) => typeof text === "string") &&
    typeof isPrivate === "boolean"
  );
}
