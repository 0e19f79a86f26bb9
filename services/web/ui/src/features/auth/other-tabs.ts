/** What the tabs of one browser tell each other about who is signed in. */
type News = { kind: "signed-out" } | { kind: "signed-in"; email: string };

const NAME = "incident-bot-session";

function tell(news: News): void {
  if (!("BroadcastChannel" in globalThis)) return;
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(news);
  channel.close();
}

export const tellSignedOut = () => tell({ kind: "signed-out" });
export const tellSignedIn = (email: string) => tell({ kind: "signed-in", email });

/** Tells what other tabs did, until the answer is called. */
export function listenToOtherTabs(handlers: {
  onSignOut: () => void;
  onSignIn: (email: string) => void;
}): () => void {
  if (!("BroadcastChannel" in globalThis)) return () => undefined;
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<News>) => {
    if (data.kind === "signed-out") handlers.onSignOut();
    else handlers.onSignIn(data.email);
  };
  return () => channel.close();
}

/** By loading a page anew: nothing that was seen or typed stays in this one. */
export function leave(to = "/sign-in"): void {
  try {
    // Drafts are of whoever was signed in.
    sessionStorage.clear();
  } catch {
    // Storage may be switched off; then nothing is kept there.
  }
  window.location.assign(to);
}
