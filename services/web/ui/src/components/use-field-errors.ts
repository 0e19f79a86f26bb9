import { useState } from "react";
import type { FieldErrors } from "../api/field-errors";

/** What is wrong with a form, field by field; `fields` stand in the order in which people see them. */
export function useFieldErrors<Field extends string>(fields: readonly Field[]) {
  const [errors, setErrors] = useState<FieldErrors<Field>>({});
  return {
    errors,
    /** Shows what is wrong and leads to the first field that is. */
    show: (found: FieldErrors<Field>) => {
      setErrors(found);
      const first = fields.find((field) => found[field]);
      if (first) document.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
    },
    /** Takes back what was said of fields that were changed since. */
    changed: (fields: object) =>
      setErrors(
        (errors) =>
          Object.fromEntries(
            Object.entries(errors).filter(([field]) => !(field in fields)),
          ) as FieldErrors<Field>,
      ),
  };
}
