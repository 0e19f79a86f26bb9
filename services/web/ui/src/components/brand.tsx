import { Group, Text } from "@mantine/core";

export function Brand({ large = false }: { large?: boolean }) {
  const size = large ? 36 : 26;
  return (
    <Group gap={10} wrap="nowrap" justify={large ? "center" : "flex-start"}>
      <img src="/favicon.svg" alt="" width={size} height={size} />
      <Text component="span" fw={700} size={large ? "xl" : "md"} style={{ whiteSpace: "nowrap" }}>
        incident-bot
      </Text>
    </Group>
  );
}
