import { useQuery } from "@tanstack/react-query";
import { Navigate, useRouterState } from "@tanstack/react-router";
import { useApi } from "../../api/api";
import { Shell } from "../../shell/shell";
import { sessionQuery } from "./session";

/** Every page but the sign-in; leads there when the session ends, and back to the same page afterwards. */
export function SignedIn() {
  const session = useQuery(sessionQuery(useApi()));
  const here = useRouterState({ select: (state) => state.location.href });
  if (session.data === null) return <Navigate to="/sign-in" search={{ next: here, ended: true }} replace />;
  return <Shell />;
}
