import { checkLength } from "../../components/text-length";

/** What is typed into the form. It outlives the dialog, so that neither Escape nor a sign-in loses it. */
export interface Draft {
  description: string;
  /** A key; empty for the default. */
  severity: string;
  private: boolean;
  /** The same for every press of the button: the server declares it once, however often it is asked. */
  requestId: string;
}

export function newDraft(): Draft {
  return { description: "", severity: "", private: false, requestId: crypto.randomUUID() };
}

export const MAX_DESCRIPTION = 3000;

/** What is wrong with the description, or nothing. */
export function checkDescription(description: string): string | undefined {
  if (description.trim() === "") return "Say what is happening, in a few words.";
  return checkLength(description, MAX_DESCRIPTION);
}
