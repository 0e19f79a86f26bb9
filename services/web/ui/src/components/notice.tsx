import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

interface NoticeProps {
  /** Nothing is shown without words. */
  text: string | undefined;
  onClose?: () => void;
}

/** Something did not work, said where it was tried. */
export function Notice({ text, onClose }: NoticeProps) {
  if (!text) return null;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      {...(onClose && { withCloseButton: true, onClose, closeButtonLabel: "Close this notice" })}
    >
      {text}
    </Alert>
  );
}
