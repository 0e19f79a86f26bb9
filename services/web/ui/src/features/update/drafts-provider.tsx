import { useMemo, useState, type ReactNode } from "react";
import { UpdateDraftsContext, type UpdateDraft } from "./drafts";

/** Holds what is being written, above all pages. */
export function UpdateDraftsProvider({ children }: { children: ReactNode }) {
  const [all, setAll] = useState<ReadonlyMap<string, UpdateDraft>>(new Map());
  const drafts = useMemo(
    () => ({
      of: (incident: string) => all.get(incident),
      keep: (incident: string, draft: UpdateDraft | undefined) =>
        setAll((before) => {
          const after = new Map(before);
          if (draft) after.set(incident, draft);
          else after.delete(incident);
          return after;
        }),
    }),
    [all],
  );
  return <UpdateDraftsContext value={drafts}>{children}</UpdateDraftsContext>;
}
