import { Code } from "@connectrpc/connect";
import { QueryClient } from "@tanstack/react-query";
import { isCode } from "./errors";

/** Answers of the server that asking again does not change. */
const FINAL = [
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.NotFound,
  Code.InvalidArgument,
  Code.Unimplemented,
];

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The live stream says what changed; age alone is no reason to ask again soon.
        staleTime: 60_000,
        retry: (failures, error) => failures < 2 && !isCode(error, ...FINAL),
      },
      // Never later, unasked: TanStack Query would keep what is sent offline and send it when the network is back.
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
