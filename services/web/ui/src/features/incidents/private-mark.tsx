import { Badge, Tooltip } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";

/** Only the members of a private incident see it. */
export function PrivateMark() {
  return (
    <Tooltip label="Only its members can see this incident.">
      <Badge
        variant="light"
        color="grape"
        leftSection={<IconLock size={13} aria-hidden />}
        style={{ flex: "none" }}
      >
        Private
      </Badge>
    </Tooltip>
  );
}
