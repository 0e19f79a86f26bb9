import { Textarea } from "@mantine/core";
import { CharacterCount } from "./character-count";

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
      <CharacterCount text={value} most={most} />
    </>
  );
}
