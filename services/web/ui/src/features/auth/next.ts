/** Where to go after signing in: a page of this console and nowhere else, whatever the address says. */
export function safeNext(next: string | undefined): string {
  if (!next) return "/";
  try {
    const here = window.location.origin;
    const url = new URL(next, here);
    const inside = url.origin === here && next.startsWith("/") && url.pathname !== "/sign-in";
    return inside ? url.pathname + url.search + url.hash : "/";
  } catch {
    return "/";
  }
}
