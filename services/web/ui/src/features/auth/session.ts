import { Code, type Interceptor } from "@connectrpc/connect";
import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";
import { useApi, type Api } from "../../api/api";
import { isCode } from "../../api/errors";
import { keep, readKept } from "../../components/kept";
import { AuthService, UserRole, type Session } from "../../gen/incident_bot/v1/auth_pb";

const SESSION_KEY = ["session"];

/** Who is signed in, or `null`. */
export function sessionQuery(api: Api) {
  return queryOptions({
    queryKey: SESSION_KEY,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        const { session } = await api.auth.getSession({}, { signal });
        return session ?? null;
      } catch (error) {
        if (isCode(error, Code.Unauthenticated)) return null;
        throw error;
      }
    },
    staleTime: 5 * 60_000,
  });
}

export function useSession(): Session | null {
  return useQuery(sessionQuery(useApi())).data ?? null;
}

/** Asks anew who is signed in: who they are in Slack, or what they may do, has changed. */
export function refreshSession(queryClient: QueryClient): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: SESSION_KEY });
}

/** Whether the one who is signed in may declare and change incidents. */
export function useMayAct(): boolean {
  const role = useSession()?.role;
  return role === UserRole.RESPONDER || role === UserRole.ADMIN;
}

/** Whether the one who is signed in may change what holds for everybody. */
export function useIsAdmin(): boolean {
  return useSession()?.role === UserRole.ADMIN;
}

/** Who was signed in last in this page. */
const lastUser = new WeakMap<QueryClient, string>();

/** Whose drafts this tab keeps. */
const OWNER_KEY = "incident-bot-owner";

/** Signed in. Answers whether the page may go on; not when it holds what somebody else has seen or typed. */
export function beginSession(queryClient: QueryClient, session: Session): boolean {
  const last = lastUser.get(queryClient) ?? readKept(OWNER_KEY);
  if (last !== undefined && last !== session.email) return false;
  keep(OWNER_KEY, session.email);
  queryClient.setQueryData(SESSION_KEY, session);
  return true;
}

/** The session has ended by itself: the same person finds everything as it was after signing in. */
export function endSession(queryClient: QueryClient): void {
  const session = queryClient.getQueryData<Session | null>(SESSION_KEY);
  if (session) lastUser.set(queryClient, session.email);
  queryClient.setQueryData(SESSION_KEY, null);
}

/** Notices on any call that the session has ended. */
export function endSessionWhenRefused(queryClient: QueryClient): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      const aboutSignIn = request.service.typeName === AuthService.typeName;
      if (!aboutSignIn && isCode(error, Code.Unauthenticated)) endSession(queryClient);
      throw error;
    }
  };
}
