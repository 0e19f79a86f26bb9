import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { Code } from "@connectrpc/connect";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useRef, useState, type SubmitEvent } from "react";
import { useApi } from "../../api/api";
import { explain, isCode, sentence } from "../../api/errors";
import { ConnectError } from "@connectrpc/connect";
import { Brand } from "../../components/brand";
import { useTitle } from "../../components/use-title";
import { safeNext } from "./next";
import { beginSession } from "./session";

export function SignInPage() {
  useTitle("Sign in");
  const api = useApi();
  const queryClient = useQueryClient();
  const router = useRouter();
  const { next, ended } = useSearch({ from: "/sign-in" });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const passwordInput = useRef<HTMLInputElement>(null);

  const signIn = useMutation({
    mutationFn: () => api.auth.signIn({ email: email.trim(), password }),
    onSuccess: ({ session }) => {
      if (!session) return;
      if (beginSession(queryClient, session)) router.history.replace(safeNext(next));
      else window.location.replace(safeNext(next));
    },
    onError: () => {
      passwordInput.current?.focus();
      passwordInput.current?.select();
    },
  });

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  }

  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={380} gap="lg">
        <Brand large />
        <Paper withBorder p="xl" radius="lg">
          <form onSubmit={submit}>
            <Stack gap="md">
              <Title order={1} size="h3">
                Sign in
              </Title>
              {ended && !signIn.isError && (
                <Text size="sm" c="dimmed" role="status">
                  Your session has ended. Sign in to go on where you were.
                </Text>
              )}
              {signIn.isError && (
                <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle aria-hidden />}>
                  {explainSignIn(signIn.error)}
                </Alert>
              )}
              <TextInput
                label="E-mail"
                type="email"
                name="email"
                autoComplete="username"
                required
                withAsterisk={false}
                // eslint-disable-next-line jsx-a11y/no-autofocus -- the page has nothing else to do
                autoFocus
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <PasswordInput
                label="Password"
                name="password"
                autoComplete="current-password"
                required
                withAsterisk={false}
                ref={passwordInput}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              <Button type="submit" fullWidth loading={signIn.isPending}>
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
      </Stack>
    </Center>
  );
}

function explainSignIn(error: unknown): string {
  if (isCode(error, Code.Unauthenticated)) return "E-mail or password is wrong.";
  if (isCode(error, Code.ResourceExhausted) && error instanceof ConnectError) {
    // The server says how long to wait.
    return sentence(error.rawMessage, "Too many attempts. Wait a few minutes and try again.");
  }
  return explain(error);
}
