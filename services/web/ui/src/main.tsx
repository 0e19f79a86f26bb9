import "./styles";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createApi } from "./api/api";
import { createQueryClient } from "./api/query-client";
import { noteOffline } from "./api/offline";
import { createTransport } from "./api/transport";
import { App } from "./app";
import { endSessionWhenRefused } from "./features/auth/session";
import { createAppRouter, loadAllWhenIdle } from "./router";

const queryClient = createQueryClient();
const api = createApi(createTransport([endSessionWhenRefused(queryClient), noteOffline]));
const router = createAppRouter({ api, queryClient });

// Pages come at once when they are wanted, also while the server restarts or the network is away.
loadAllWhenIdle(router);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App api={api} queryClient={queryClient} router={router} />
  </StrictMode>,
);
