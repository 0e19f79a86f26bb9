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

/** Characters as the server counts them: an emoji is one, though JavaScript's `length` says two. */
export function countCharacters(text: string): number {
  return Array.from(text).length;
}

/** What is wrong with the description, or nothing. */
export function checkDescription(description: string): string | null {
  if (description.trim() === "") return "Say what is happening, in a few words.";
  const over = countCharacters(description.trim()) - MAX_DESCRIPTION;
  if (over > 0) return `This is ${over} ${over === 1 ? "character" : "characters"} too long.`;
  return null;
}
