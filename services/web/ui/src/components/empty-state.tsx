import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface EmptyStateProps {
  title: string;
  text?: string;
  /** It is all that there is on the page. */
  wholePage?: boolean;
  children?: ReactNode;
}

/** Nothing to show, said kindly, with what can be done next. */
export function EmptyState({ title, text, wholePage = false, children }: EmptyStateProps) {
  return (
    <Stack align="center" gap="xs" py={56} px="md">
      <Title order={wholePage ? 1 : 2} size="h4" ta="center">
        {title}
      </Title>
      {text && (
        <Text c="dimmed" ta="center" maw={440}>
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
}
