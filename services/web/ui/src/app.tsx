import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { ApiContext, type Api } from "./api/api";
import { DeclareProvider } from "./features/declare/declare-provider";
import { UpdateDraftsProvider } from "./features/update/drafts-provider";
import type { createAppRouter } from "./router";
import { styleNonce } from "./style-nonce";
import { cssVariables, theme } from "./theme";

interface AppProps {
  api: Api;
  queryClient: QueryClient;
  router: ReturnType<typeof createAppRouter>;
  /** `test` leaves out what a test cannot see and jsdom is slow at: transitions and the theme's variables. */
  env?: "default" | "test";
}

export function App({ api, queryClient, router, env = "default" }: AppProps) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      env={env}
      withCssVariables={env !== "test"}
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <ApiContext value={api}>
          <DeclareProvider>
            <UpdateDraftsProvider>
              <RouterProvider router={router} />
            </UpdateDraftsProvider>
          </DeclareProvider>
        </ApiContext>
      </QueryClientProvider>
    </MantineProvider>
  );
}
