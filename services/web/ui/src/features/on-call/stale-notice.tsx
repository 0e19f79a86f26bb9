import { Alert } from "@mantine/core";
import { IconClockExclamation } from "@tabler/icons-react";

/** Why what is shown of who is on call may not be true any more; nothing while it is fresh. */
export function StaleNotice({ text }: { text: string }) {
  if (text === "") return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconClockExclamation aria-hidden />}
      style={{ overflowWrap: "anywhere" }}
    >
      {text}
    </Alert>
  );
}
