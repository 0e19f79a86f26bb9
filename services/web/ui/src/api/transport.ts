import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

/** How long an answer may take before the console says that the server cannot be reached. */
const TIMEOUT_MS = 15_000;

/** gRPC-Web to the server that the page came from; the session cookie travels with it. */
export function createTransport(interceptors: Interceptor[]): Transport {
  return createGrpcWebTransport({
    baseUrl: window.location.origin,
    interceptors,
    defaultTimeoutMs: TIMEOUT_MS,
    // As it is with every request of a page to its own origin; named because the session depends on it.
    fetch: (input, init) => fetch(input, { ...init, credentials: "same-origin" }),
  });
}
