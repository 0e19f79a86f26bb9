import { Text, Textarea } from "@mantine/core";
import classes from "./long-text.module.css";
import { countCharacters } from "./text-length";

interface LongTextProps {
  /** The field's name, by which the server names it. */
  name: string;
  label: string;
  description?: string;
  value: string;
  /** How many characters it may have. */
  most: number;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** A text of many lines, which is what its form is about: it has the focus, and Ctrl+Enter sends the form. */
export function LongText({ name, label, description, value, most, onChange, error }: LongTextProps) {
  const length = countCharacters(value);
  return (
    <>
      <Textarea
        name={name}
        label={label}
        description={description}
        required
        autosize
        minRows={4}
        maxRows={12}
        dir="auto"
        data-autofocus
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }
        }}
        error={error}
        inputWrapperOrder={["label", "description", "input", "error"]}
      />
      <Text size="xs" c={length > most ? "var(--mantine-color-error)" : "dimmed"} className={classes.counter}>
        {length.toLocaleString("en")} of {most.toLocaleString("en")} characters
      </Text>
    </>
  );
}
