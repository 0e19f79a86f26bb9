import { useEffect, useMemo, useState, type ReactNode } from "react";
import { DeclareContext } from "./declare-context";
import { keepDraft, keptDraft, newDraft, type Draft } from "./draft";

/** Holds the form's state above all pages: the form can be opened from each and outlives them. */
export function DeclareProvider({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const [draft, setDraft] = useState(() => keptDraft() ?? newDraft());
  useEffect(() => keepDraft(draft), [draft]);
  const declare = useMemo(
    () => ({
      isOpen,
      draft,
      open: () => setOpen(true),
      close: () => setOpen(false),
      discard: () => {
        setOpen(false);
        setDraft(newDraft());
      },
      change: (changed: Partial<Draft>) => setDraft((before) => ({ ...before, ...changed })),
    }),
    [isOpen, draft],
  );
  return <DeclareContext value={declare}>{children}</DeclareContext>;
}
