import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Nothing to show, said kindly, with what can be done next. */
export function EmptyState({
  title,
  text,
  children,
}: {
  title: string;
  text?: string;
  children?: ReactNode;
}) {
  return (
    <Stack align="center" gap="xs" py={56} px="md">
      <Title order={2} size="h4" ta="center">
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
