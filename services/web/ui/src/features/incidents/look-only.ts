import { createContext, use } from "react";
import { useMayAct } from "../auth/session";

/** Whether what is below shows an incident that an admin has opened without being in it. */
export const LookOnlyContext = createContext(false);

/** Whether the one who is signed in may change the incident that is shown. */
export function useMayChange(): boolean {
  const mayAct = useMayAct();
  return !use(LookOnlyContext) && mayAct;
}
