import { createRouterTransport } from "@connectrpc/connect";
import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { FakeServer } from "../../fake/server";
import { createApi } from "../api/api";
import { noteOffline } from "../api/offline";
import { createQueryClient } from "../api/query-client";
import { App } from "../app";
import { endSessionWhenRefused } from "../features/auth/session";
import { createAppRouter } from "../router";

/** The whole console at `path`, over an API in memory. */
export function renderConsole(path: string, server = new FakeServer()) {
  const queryClient = createQueryClient();
  // A test of an error does not wait for attempts that would fail too.
  const defaults = queryClient.getDefaultOptions();
  queryClient.setDefaultOptions({ ...defaults, queries: { ...defaults.queries, retry: false } });
  const transport = createRouterTransport(server.routes, {
    transport: { interceptors: [endSessionWhenRefused(queryClient), noteOffline] },
  });
  const api = createApi(transport);
  const history = createMemoryHistory({ initialEntries: [path] });
  const router = createAppRouter({ api, queryClient }, history);
  const user = userEvent.setup({ delay: null });
  const view = render(<App api={api} queryClient={queryClient} router={router} env="test" />);
  return { ...view, server, user, where: () => history.location.href };
}
