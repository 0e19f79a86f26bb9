import { VisuallyHidden } from "@mantine/core";
import { useLive } from "./live-context";

/** Tells people who use a screen reader that an incident has just been declared. */
export function AnnounceNew() {
  const { latest } = useLive();
  return (
    <VisuallyHidden role="status">
      {latest && `New incident, ${latest.severity?.label ?? ""}: ${latest.title}`}
    </VisuallyHidden>
  );
}
