import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { Code, ConnectError } from "@connectrpc/connect";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useRef, useState, type SubmitEvent } from "react";
import { useApi } from "../../api/api";
import { explain, isCode, sentence } from "../../api/errors";
import { wasNeverSent } from "../../api/offline";
import { Brand } from "../../components/brand";
import { RichText } from "../../components/rich-text";
import { useTitle } from "../../components/use-title";
import { safeNext } from "./next";
import { leave, tellSignedIn } from "./other-tabs";
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
    mutationFn: async () => {
      const { session } = await api.auth.signIn({ email: email.trim(), password });
      try {
        // A browser that opened the console by another address may not keep the session's cookie.
        await api.auth.getSession({});
      } catch (error) {
        if (isCode(error, Code.Unauthenticated)) throw new SessionNotKept();
      }
      return session;
    },
    onSuccess: (session) => {
      if (!session) return;
      tellSignedIn(session.email);
      if (beginSession(queryClient, session)) router.history.replace(safeNext(next));
      else leave(safeNext(next));
    },
    onError: () => {
      passwordInput.current?.focus();
      passwordInput.current?.select();
    },
  });

  const consoleUrl = useQuery({
    queryKey: ["sign-in-options"],
    queryFn: ({ signal }) => api.auth.getSignInOptions({}, { signal }),
    staleTime: "static",
    retry: false,
  }).data?.consoleUrl;
  const elsewhere = consoleUrl !== undefined && isElsewhere(consoleUrl) ? consoleUrl : undefined;

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
                  Your session has ended. Sign in to continue where you left off.
                </Text>
              )}
              {elsewhere && !signIn.isError && (
                <Alert color="orange" variant="light" icon={<IconAlertTriangle aria-hidden />}>
                  <RichText text={`Open the console at ${elsewhere} to sign in safely.`} />
                </Alert>
              )}
              {signIn.isError && (
                <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle aria-hidden />}>
                  <RichText text={explainSignIn(signIn.error, consoleUrl)} />
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
              <Text size="sm" c="dimmed" ta="center">
                Forgot your password? Ask an admin of incident-bot.
              </Text>
            </Stack>
          </form>
        </Paper>
      </Stack>
    </Center>
  );
}

/** The browser took the answer and not the session with it. */
class SessionNotKept extends Error {}

/** Whether the console is meant to be opened by a safer address than this one. */
function isElsewhere(consoleUrl: string): boolean {
  return consoleUrl.startsWith("https://") && window.location.protocol === "http:" && !isThisMachine();
}

const isThisMachine = () => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(window.location.hostname);

function explainSignIn(error: unknown, consoleUrl: string | undefined): string {
  if (error instanceof SessionNotKept) {
    const where = consoleUrl ? ` Open the console at ${consoleUrl}.` : "";
    return `The password is right, but your browser did not keep the session.${where}`;
  }
  if (wasNeverSent(error)) return "You’re offline. Sign in when you’re connected.";
  if (isCode(error, Code.Unauthenticated)) return "E-mail or password is wrong.";
  if (isCode(error, Code.ResourceExhausted) && error instanceof ConnectError) {
    // The server says how long to wait.
    return sentence(error.rawMessage, "Too many attempts. Wait a few minutes and try again.");
  }
  return explain(error);
}
