import { Center, Stack, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { ErrorState } from "../components/error-state";

/** In place of a page that could not be shown, because the server or the page itself failed. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const retry = () => {
    void queryClient.resetQueries().then(() => {
      reset();
      return router.invalidate();
    });
  };
  return (
    <Center mih="60dvh" p="md">
      <Stack maw={480} w="100%">
        <Title order={1} size="h3">
          Something went wrong
        </Title>
        <ErrorState what="The console could not be shown" error={error} onRetry={retry} />
      </Stack>
    </Center>
  );
}
