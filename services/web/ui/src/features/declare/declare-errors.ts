import { Code, ConnectError } from "@connectrpc/connect";
import { explain, isUnreachable, sentence } from "../../api/errors";

export type Field = "description" | "severity" | "private";
export type FormErrors = Partial<Record<Field | "form", string>>;

/** Puts the server's refusal where it belongs: at the field that it names, else above the button. */
export function toFormErrors(error: unknown): FormErrors {
  if (isUnreachable(error)) {
    return {
      form: "It could not be confirmed that the incident was declared. Press again: it will not be declared twice.",
    };
  }
  if (error instanceof ConnectError && error.code === Code.InvalidArgument) {
    const [, field, words] =
      /^["'`]?(description|severity|private)["'`]?\s*[:\-–—]?\s*(.*)$/is.exec(error.rawMessage) ?? [];
    if (field && words !== undefined) {
      // «description: must not be empty» and «description must not be empty» both read well below the field.
      return { [field.toLowerCase()]: sentence(words, "This is not accepted.") };
    }
  }
  return { form: explain(error) };
}
