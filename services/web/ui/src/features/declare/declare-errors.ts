import { toFieldErrors, type FieldErrors } from "../../api/field-errors";

const FIELDS = ["description", "severity", "private"] as const;

export type Field = (typeof FIELDS)[number];
export type FormErrors = FieldErrors<Field>;

export function toFormErrors(error: unknown): FormErrors {
  return toFieldErrors(
    error,
    FIELDS,
    "It could not be confirmed that the incident was declared. Press again: it will not be declared twice.",
  );
}
