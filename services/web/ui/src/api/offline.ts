import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { isUnreachable } from "./errors";

const neverSent = new WeakSet<ConnectError>();

/** Remembers of a call that failed whether it ever left the browser, so that people are told what is true. */
export const noteOffline: Interceptor = (next) => async (request) => {
  const wasOffline = !navigator.onLine;
  try {
    return await next(request);
  } catch (cause) {
    // `fetch` fails with a TypeError, and becomes a ConnectError only further out.
    const error = ConnectError.from(cause);
    if (wasOffline && isUnreachable(error)) neverSent.add(error);
    throw error;
  }
};

/** The browser was offline when the call was made: it reached nobody, and nothing will send it later. */
export const wasNeverSent = (error: unknown) => error instanceof ConnectError && neverSent.has(error);
