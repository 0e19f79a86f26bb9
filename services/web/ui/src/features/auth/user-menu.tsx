import { Avatar, Menu, Text, UnstyledButton } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { UserRole } from "../../gen/incident_bot/v1/auth_pb";
import { ColorSchemeItems } from "../../shell/color-scheme-items";
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
  const signOut = useMutation({
    mutationFn: () => api.auth.signOut({}),
    // By loading the page anew: nothing that was seen or typed stays in it.
    onSuccess: () => window.location.assign("/sign-in"),
  });
  if (!session) return null;
  const name = session.name || session.email;
  return (
    <Menu position="bottom-end" shadow="md" width={260}>
      <Menu.Target>
        <UnstyledButton aria-label={`Account of ${name}`} style={{ borderRadius: "50%" }}>
          <Avatar name={name} color="initials" size={34} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
            {name}
          </Text>
          <Text size="xs" truncate>
            {session.email} · {ROLES[session.role]}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <ColorSchemeItems />
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => signOut.mutate()}
          closeMenuOnClick={false}
        >
          {signOut.isError ? "Signing out failed, try again" : "Sign out"}
        </Menu.Item>
        {session.version && (
          <Menu.Label>
            <Text size="xs">Version {session.version}</Text>
          </Menu.Label>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
