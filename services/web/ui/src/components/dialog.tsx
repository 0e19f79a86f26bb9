import { Group, Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";

interface DialogProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  size?: "md" | "lg";
  children: ReactNode;
}

/** A window above the page; on a phone it is the whole screen. */
export function Dialog({ title, opened, onClose, size = "md", children }: DialogProps) {
  const phone = useMediaQuery("(max-width: 36em)", false, { getInitialValueInEffect: false });
  return (
    <Modal.Root opened={opened} onClose={onClose} size={size} fullScreen={phone} returnFocus>
      <Modal.Overlay />
      <Modal.Content>
        {/* Not Modal.Header: a screen reader would take that for the page's own header. */}
        <Group justify="space-between" px="md" pt="md" wrap="nowrap">
          <Modal.Title fw={650} fz="lg">
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </Group>
        <Modal.Body pt="sm">{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
