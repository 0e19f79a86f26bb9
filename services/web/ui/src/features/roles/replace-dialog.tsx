import { Button, Group, Stack, Text } from "@mantine/core";
import { Dialog } from "../../components/dialog";

/** What is about to happen to the role of somebody else. */
export type Asking = "take" | "remove";

interface ReplaceDialogProps {
  /** The dialog is closed without it. */
  asking: Asking | null;
  label: string;
  holder: string;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before somebody loses a role to somebody else's press. */
export function ReplaceDialog({ asking, label, holder, onClose, onConfirm }: ReplaceDialogProps) {
  const verb = asking === "remove" ? "Remove" : "Take over";
  return (
    <Dialog
      title={asking === "remove" ? `Remove ${holder}` : `Take over ${label}`}
      opened={asking !== null}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text size="sm">
          {holder} is currently {label} and will get a direct message.
          {asking === "remove" && " The role will be open."}
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={onConfirm} data-autofocus>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
