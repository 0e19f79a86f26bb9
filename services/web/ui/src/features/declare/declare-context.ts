import { createContext, use } from "react";
import type { Draft } from "./draft";

export interface Declare {
  isOpen: boolean;
  open: () => void;
  /** Hides the form and keeps what was typed. */
  close: () => void;
  /** Hides the form and forgets what was typed. */
  discard: () => void;
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
}

export const DeclareContext = createContext<Declare | null>(null);

export function useDeclare(): Declare {
  const declare = use(DeclareContext);
  if (!declare) throw new Error("useDeclare is used outside of DeclareProvider");
  return declare;
}
