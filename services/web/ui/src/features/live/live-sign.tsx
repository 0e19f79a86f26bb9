import { Badge, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useLive } from "./live-context";

/** A break shorter than this is not worth a word. */
const GRACE_MS = 2_000;

/** Says when changes do not arrive by themselves; silent while they do. */
export function LiveSign() {
  const { state } = useLive();
  const down = useLasting(state === "down", GRACE_MS);
  return (
    <>
      {down && (
        <Tooltip label="Changes may be missing here. Trying to connect again…">
          <Badge
            variant="default"
            leftSection={<IconPlugConnectedX size={14} aria-hidden />}
            style={{ flex: "none" }}
          >
            Not live
          </Badge>
        </Tooltip>
      )}
      <VisuallyHidden role="status">
        {down ? "The live connection is down. Changes may be missing." : ""}
      </VisuallyHidden>
    </>
  );
}

/** `value`, but true only after it has been true for `ms`. */
function useLasting(value: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLasting(value), value ? ms : 0);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return lasting;
}
