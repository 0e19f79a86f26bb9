import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { leave, listenToOtherTabs } from "./other-tabs";
import { refreshSession, useSession } from "./session";

/** Goes along when somebody signs out, or somebody else signs in, in another tab: the session is the browser's. */
export function useOtherTabs(): void {
  const queryClient = useQueryClient();
  const email = useSession()?.email;
  useEffect(() => {
    const stop = listenToOtherTabs({
      onSignOut: () => leave(),
      onSignIn: (other) => {
        if (email !== undefined && other !== email) window.location.reload();
      },
    });
    // The browser may show a page again that it kept from before, as it was then.
    const onShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) void refreshSession(queryClient);
    };
    window.addEventListener("pageshow", onShow);
    return () => {
      stop();
      window.removeEventListener("pageshow", onShow);
    };
  }, [queryClient, email]);
}
