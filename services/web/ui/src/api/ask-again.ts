import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Asks the server again for everything below this key that is shown. TanStack Query begins no second request while the
 * first answer ever is awaited; but that answer may be older than what has just happened, so it is asked for afterwards.
 */
export function askAgain(queryClient: QueryClient, queryKey: QueryKey): void {
  const loading = queryClient
    .getQueryCache()
    .findAll({ queryKey, fetchStatus: "fetching" })
    .filter(({ state }) => state.data === undefined);
  void queryClient.invalidateQueries({ queryKey });
  for (const query of loading) {
    void query.promise?.then(
      () => queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true }),
      () => undefined,
    );
  }
}
