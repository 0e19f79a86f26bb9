import { Code, ConnectError } from "@connectrpc/connect";
import { explain, isUnreachable, sentence } from "./errors";
import { wasNeverSent } from "./offline";

/** What is wrong, by field; `form` for what is no field's fault. */
export type FieldErrors<Field extends string> = Partial<Record<Field | "form", string>>;

/** Puts the server's refusal where it belongs: at the field that it names, else above the button. */
export function toFieldErrors<Field extends string>(
  error: unknown,
  fields: readonly Field[],
  unconfirmed: string,
): FieldErrors<Field> {
  const errors: Partial<Record<string, string>> = {};
  const named = namedField(error);
  const field = fields.find((one) => one === named?.field);
  if (field && named) errors[field] = sentence(named.words, "This is not accepted.");
  else errors.form = explainChange(error, unconfirmed);
  return errors;
}

/** Why a change was not made, for where there is no field to say it at. */
export function explainChange(
  error: unknown,
  unconfirmed = "We couldn’t confirm your change. Try again; it won’t be applied twice.",
): string {
  if (wasNeverSent(error)) return NEVER_SENT;
  if (isUnreachable(error)) return unconfirmed;
  const named = namedField(error);
  return named ? sentence(named.words, "The server refused this.") : explain(error);
}

const NEVER_SENT = "You’re offline. Nothing was sent or queued. Try again when you’re connected.";

function namedField(error: unknown): { field: string; words: string } | undefined {
  if (!(error instanceof ConnectError) || error.code !== Code.InvalidArgument) return undefined;
  const [, field, words] = /^["'`]?([a-z_]+)["'`]?\s*[:\-–—]\s*(.*)$/is.exec(error.rawMessage) ?? [];
  return field && words !== undefined ? { field: field.toLowerCase(), words } : undefined;
}
