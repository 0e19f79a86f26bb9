import { Code, ConnectError } from "@connectrpc/connect";

export function isCode(error: unknown, ...codes: Code[]): boolean {
  return error instanceof ConnectError && codes.includes(error.code);
}

/** No answer, or one that does not say whether the call took effect. */
export function isUnreachable(error: unknown): boolean {
  return isCode(error, Code.Unavailable, Code.DeadlineExceeded, Code.Unknown, Code.Internal, Code.Canceled);
}

/** A sentence for people. What the server says is meant for them unless it is a fault of its own. */
export function explain(error: unknown): string {
  if (!(error instanceof ConnectError)) return "Something went wrong in this page. Reload it.";
  // No answer at all: that is how `fetch` says so.
  if (error.cause instanceof TypeError) return "The server cannot be reached right now.";
  switch (error.code) {
    case Code.Unavailable:
    case Code.DeadlineExceeded:
    case Code.Canceled:
      return "The server cannot be reached right now.";
    case Code.Unknown:
    case Code.Internal:
    case Code.DataLoss:
      return "The server could not answer this. Its log says why.";
    case Code.Unauthenticated:
      return "Your session has ended. Sign in again.";
    case Code.PermissionDenied:
      return sentence(error.rawMessage, "You may not do this.");
    case Code.NotFound:
      return "Not found, or you don’t have access to it.";
    case Code.Unimplemented:
      return "The server is older than this page. Reload it.";
    default:
      return sentence(error.rawMessage, "The server refused this.");
  }
}

/** The server's words as a sentence, or `otherwise` where it had none. */
export function sentence(words: string, otherwise: string): string {
  const text = words.trim();
  if (!text) return otherwise;
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
