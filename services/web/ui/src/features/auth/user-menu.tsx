import { Avatar, Button, Popover, Stack, Switch, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLogout } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import { ColorSchemeSwitch } from "../../shell/color-scheme-switch";
import { ConnectSlack } from "../connect/connect-slack";
import { useDeclareShortcut } from "../declare/shortcut";
import { leave, tellSignedOut } from "./other-tabs";
import { useSession } from "./session";

const ROLES = {
  [UserRole.UNSPECIFIED]: "",
  [UserRole.VIEWER]: "Viewer",
  [UserRole.RESPONDER]: "Responder",
  [UserRole.ADMIN]: "Admin",
};

/** Who is signed in, the colour scheme and the way out. */
export function UserMenu() {
  const api = useApi();
  const session = useSession();
  const [hasShortcut, setShortcut] = useDeclareShortcut();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const signOut = useMutation({
    mutationFn: () => api.auth.signOut({}),
    onSuccess: () => {
      tellSignedOut();
      leave();
    },
  });
  if (!session) return null;
  const name = session.name || session.email;
  return (
    <Popover
      opened={isOpen}
      onDismiss={close}
      position="bottom-end"
      shadow="md"
      width={270}
      trapFocus
      returnFocus
      withinPortal={false}
    >
      <Popover.Target>
        <UnstyledButton aria-label={`Account of ${name}`} onClick={toggle} style={{ borderRadius: "50%" }}>
          <Avatar name={name} color="indigo" size={34} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label="Account">
        <Stack gap="md">
          <div>
            <Text size="sm" fw={650} truncate>
              {name}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {session.email}
            </Text>
            <Text size="xs" c="dimmed">
              {ROLES[session.role]}
            </Text>
          </div>
          <ConnectSlack />
          <ColorSchemeSwitch />
          <Switch
            size="sm"
            label="Press C to declare an incident"
            checked={hasShortcut}
            onChange={(event) => setShortcut(event.currentTarget.checked)}
          />
          {signOut.isError && (
            <Text size="xs" c="var(--mantine-color-error)" role="alert">
              {explainChange(signOut.error, UNCONFIRMED)}
            </Text>
          )}
          <Button
            variant="default"
            leftSection={<IconLogout size={16} aria-hidden />}
            loading={signOut.isPending}
            onClick={() => signOut.mutate()}
          >
            Sign out
          </Button>
          {session.version && (
            <Text size="xs" c="dimmed" ta="center">
              Version {session.version}
            </Text>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

const UNCONFIRMED = "We couldn’t confirm that you are signed out. Try again.";
