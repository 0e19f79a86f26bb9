import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useApi } from "../../api/api";
import { Shell } from "../../shell/shell";
import { sessionQuery } from "./session";
import { useOtherTabs } from "./use-other-tabs";

/** Every page but the sign-in; leads there when the session ends, and back to the same page afterwards. */
export function SignedIn() {
  const router = useRouter();
  const hasEnded = useQuery(sessionQuery(useApi())).data === null;
  useEffect(() => {
    const { pathname, href } = router.state.location;
    if (hasEnded && pathname !== "/sign-in") {
      void router.navigate({ to: "/sign-in", search: { next: href, ended: true }, replace: true });
    }
  }, [hasEnded, router]);
  useOtherTabs();
  return hasEnded ? null : <Shell />;
}
