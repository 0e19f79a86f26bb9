import { Alert, Group, Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconWifiOff } from "@tabler/icons-react";
import { useIsMutating } from "@tanstack/react-query";
import { useSyncExternalStore, type ReactNode } from "react";

interface DialogProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  size?: "md" | "lg";
  /** Whether what had the focus before gets it back. */
  returnFocus?: boolean;
  children: ReactNode;
}

/**
 * A window above the page; on a phone it is the whole screen. It stays while it is not known what became of what was sent
 * from it: whoever closes it knows that nothing is on its way any more.
 */
export function Dialog({
  title,
  opened,
  onClose: close,
  size = "md",
  returnFocus = true,
  children,
}: DialogProps) {
  const isSending = useIsMutating() > 0;
  const isOnline = useIsOnline();
  const onClose = () => {
    if (!isSending) close();
  };
  const phone = useMediaQuery("(max-width: 36em)", false, { getInitialValueInEffect: false });
  return (
    <Modal.Root opened={opened} onClose={onClose} size={size} fullScreen={phone} returnFocus={returnFocus}>
      <Modal.Overlay />
      <Modal.Content>
        {/* Not Modal.Header: a screen reader would take that for the page's own header. */}
        <Group justify="space-between" px="md" pt="md" wrap="nowrap">
          <Modal.Title fw={650} fz="lg">
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label="Close" disabled={isSending} />
        </Group>
        <Modal.Body pt="sm">
          {!isOnline && (
            <Alert color="orange" variant="light" mb="md" role="status" icon={<IconWifiOff aria-hidden />}>
              You’re offline. Nothing can be sent now, and nothing is sent automatically later.
            </Alert>
          )}
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

const useIsOnline = () => useSyncExternalStore(subscribe, () => navigator.onLine);
