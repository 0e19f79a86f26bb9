import { Text } from "@mantine/core";
import classes from "./character-count.module.css";
import { countCharacters } from "./text-length";

/** How many characters a text has of those that it may have. */
export function CharacterCount({ text, most }: { text: string; most: number }) {
  const length = countCharacters(text);
  return (
    <Text size="xs" c={length > most ? "var(--mantine-color-error)" : "dimmed"} className={classes.count}>
      {length.toLocaleString("en")} of {most.toLocaleString("en")} characters
    </Text>
  );
}
