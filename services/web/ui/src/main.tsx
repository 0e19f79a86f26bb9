import "./styles";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createApi } from "./api/api";
import { createQueryClient } from "./api/query-client";
import { createTransport } from "./api/transport";
import { App } from "./app";
import { endSessionWhenRefused } from "./features/auth/session";
import { createAppRouter } from "./router";

const queryClient = createQueryClient();
const api = createApi(createTransport([endSessionWhenRefused(queryClient)]));
const router = createAppRouter({ api, queryClient });

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App api={api} queryClient={queryClient} router={router} />
  </StrictMode>,
);
