/** Characters as the server counts them: an emoji is one, though JavaScript's `length` says two. */
export function countCharacters(text: string): number {
  return Array.from(text.trim()).length;
}

/** What is wrong with the length of a text, or nothing. */
export function checkLength(text: string, most: number): string | undefined {
  const over = countCharacters(text) - most;
  return over > 0 ? `This is ${over} ${over === 1 ? "character" : "characters"} too long.` : undefined;
}
