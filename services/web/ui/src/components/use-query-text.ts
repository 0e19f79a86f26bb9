import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

const TYPING_RESTS_MS = 250;

/** What is being typed; it reaches the address, and so the list, once the typing rests. */
export function useQueryText(query: string, onChange: (query: string) => void) {
  const [text, setText] = useState(query);
  const [known, setKnown] = useState(query);
  if (known !== query) {
    setKnown(query);
    // The address changed by itself, with the back button for instance.
    if (query !== text.trim()) setText(query);
  }
  const send = useDebouncedCallback(onChange, TYPING_RESTS_MS);
  const change = (next: string) => {
    setText(next);
    send(next);
  };
  return [text, change] as const;
}
