import type { QueryClient } from "@tanstack/react-query";
import {
  Outlet,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  parseSearchWith,
  redirect,
  stringifySearchWith,
  type RouterHistory,
} from "@tanstack/react-router";
import type { Api } from "./api/api";
import { lazyPage } from "./components/lazy-page";
import { safeNext } from "./features/auth/next";
import { SignedIn } from "./features/auth/signed-in";
import { sessionQuery } from "./features/auth/session";
import { parseSearch } from "./features/incidents/filters";
import { optionsQuery } from "./features/incidents/queries";
import { CrashPage } from "./shell/crash-page";
import { NotFoundPage } from "./shell/not-found-page";
import { StartingPage } from "./shell/starting-page";

interface Context {
  api: Api;
  queryClient: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string; ended?: boolean } => {
    const next = text(search.next);
    return { ...(next && { next }), ...(search.ended === "true" && { ended: true }) };
  },
  beforeLoad: async ({ context: { api, queryClient }, search }) => {
    const session = await queryClient.query({ ...sessionQuery(api), staleTime: "static" }).catch(() => null);
    if (session) throw redirect({ href: safeNext(search.next), replace: true });
  },
  component: lazyPage(() => import("./features/auth/sign-in-page"), "SignInPage"),
});

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ context: { api, queryClient }, location }) => {
    const session = await queryClient.query({ ...sessionQuery(api), staleTime: "static" });
    if (!session) {
      const next = location.href === "/" ? {} : { next: location.href };
      throw redirect({ to: "/sign-in", search: next });
    }
    // Wanted by nearly everything; here it is on its way while the page's code loads.
    queryClient.query(optionsQuery(api)).catch(() => undefined);
  },
  component: SignedIn,
});

const dashboard = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyPage(() => import("./features/dashboard/dashboard-page"), "DashboardPage"),
});

const incidents = createRoute({
  getParentRoute: () => signedIn,
  path: "/incidents",
  validateSearch: parseSearch,
  component: lazyPage(() => import("./features/incidents/incidents-page"), "IncidentsPage"),
});

const incident = createRoute({
  getParentRoute: () => signedIn,
  path: "/incidents/$id",
  component: lazyPage(() => import("./features/incidents/incident-page"), "IncidentPage"),
});

const onCall = createRoute({
  getParentRoute: () => signedIn,
  path: "/on-call",
  validateSearch: (search: Record<string, unknown>): { q?: string } => {
    const q = text(search.q)?.trim();
    return q ? { q } : {};
  },
  component: lazyPage(() => import("./features/on-call/on-call-page"), "OnCallPage"),
});

const jobs = createRoute({
  getParentRoute: () => signedIn,
  path: "/jobs",
  component: lazyPage(() => import("./features/jobs/jobs-page"), "JobsPage"),
});

const checks = createRoute({
  getParentRoute: () => signedIn,
  path: "/checks",
  component: lazyPage(() => import("./features/checks/checks-page"), "ChecksPage"),
});

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings",
  component: lazyPage(() => import("./features/settings/settings-page"), "SettingsPage"),
});

const settingsGroup = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings/$group",
  component: lazyPage(() => import("./features/settings/settings-group-page"), "SettingsGroupPage"),
});

const routeTree = root.addChildren([
  signIn,
  signedIn.addChildren([dashboard, incidents, incident, onCall, jobs, checks, settings, settingsGroup]),
]);

export function createAppRouter(context: Context, history?: RouterHistory) {
  return createRouter({
    routeTree,
    context,
    ...(history && { history }),
    // Plain words in the address, not JSON.
    parseSearch: parseSearchWith((value) => value),
    stringifySearch: stringifySearchWith(String),
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultPendingComponent: StartingPage,
    defaultPendingMs: 300,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

/** Loads the code of all pages once the browser has nothing else to do; it is small. */
export function loadAllWhenIdle(router: ReturnType<typeof createAppRouter>): void {
  const load = () => {
    for (const route of Object.values(router.routesById))
      void router.loadRouteChunk(route)?.catch(() => undefined);
  };
  if ("requestIdleCallback" in window) window.requestIdleCallback(load, { timeout: 10_000 });
  else setTimeout(load, 2_000);
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
  interface HistoryState {
    /** The incident has just been declared here, and gets the focus. */
    declared?: boolean;
  }
}
