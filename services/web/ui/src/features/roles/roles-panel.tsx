import { ActionIcon, Button, Group, Menu, Paper, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { explainChange } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import type { IncidentRole } from "../../gen/incident_bot/v1/incidents_pb";
import { useSession } from "../auth/session";
import { useMayChange } from "../incidents/look-only";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { AssignDialog } from "./assign-dialog";
import { ReplaceDialog, type Asking } from "./replace-dialog";
import classes from "./roles-panel.module.css";

/** Who does what, and the ways to change that. */
export function RolesPanel({ incident }: { incident: Incident }) {
  const [assigning, setAssigning] = useState<IncidentRole | null>(null);
  if (incident.roles.length === 0) return null;
  return (
    <section aria-labelledby="roles">
      <Paper withBorder p="md">
        <Title order={2} size="h5" mb="sm" id="roles">
          Roles
        </Title>
        <ul className={classes.roles}>
          {incident.roles.map((role) => (
            <RoleRow
              key={role.role?.key}
              incident={incident}
              role={role}
              onAssign={() => setAssigning(role)}
            />
          ))}
        </ul>
      </Paper>
      <AssignDialog incident={incident} role={assigning} onClose={() => setAssigning(null)} />
    </section>
  );
}

/** Who is to hold a role, and whom they were seen to replace: nobody where it is empty. */
interface Claim {
  slackUserId: string;
  replaces: string;
}

interface RoleRowProps {
  incident: Incident;
  role: IncidentRole;
  onAssign: () => void;
}

function RoleRow({ incident, role: { role, holder }, onAssign }: RoleRowProps) {
  const mayAct = useMayChange();
  const me = useSession()?.slackUserId;
  const [error, setError] = useState<string>();
  const [asking, setAsking] = useState<Asking | null>(null);
  const about = { incidentId: incident.id, role: role?.key ?? "" };
  const claim = useChange(incident, (api, { slackUserId, replaces }: Claim, requestId) =>
    api.incidents.assignRole({ ...about, slackUserId, replaces, requestId }),
  );
  const giveUp = useChange(incident, (api, seen: string, requestId) =>
    api.incidents.giveUpRole({ ...about, holder: seen, requestId }),
  );
  const actions = useKeptFocus(holder?.slackUserId);
  const failed = { onError: (failure: unknown) => setError(explainChange(failure)) };
  const take = () => {
    setError(undefined);
    if (me) claim.mutate({ slackUserId: me, replaces: holder?.slackUserId ?? "" }, failed);
  };
  const leave = () => {
    setError(undefined);
    if (holder) giveUp.mutate(holder.slackUserId, failed);
  };
  const label = role?.label ?? "";
  const isBusy = claim.isPending || giveUp.isPending;
  return (
    <Stack component="li" gap="xs">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <div className={classes.who}>
          <Tooltip label={role?.description} disabled={!role?.description} multiline maw={280}>
            <Text component="span" size="xs" c="dimmed">
              {label}
            </Text>
          </Tooltip>
          <Text size="sm" fw={holder ? 600 : 400} c={holder ? undefined : "dimmed"} dir="auto">
            {holder?.name ?? "Nobody yet"}
          </Text>
        </div>
        {mayAct && (
          <Group gap={6} wrap="nowrap" ref={actions}>
            {!holder && me && (
              <Button size="compact-sm" loading={isBusy} onClick={take} aria-label={`Claim ${label}`}>
                Claim
              </Button>
            )}
            {!holder && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={onAssign}
                disabled={isBusy}
                aria-label={`Assign ${label}`}
              >
                Assign
              </Button>
            )}
            {holder && (
              <Menu
                position="bottom-end"
                shadow="md"
                withinPortal={false}
                withInitialFocusPlaceholder={false}
              >
                <Menu.Target>
                  <ActionIcon variant="subtle" color="gray" loading={isBusy} aria-label={`Change ${label}`}>
                    <IconDots size={18} aria-hidden />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown aria-label={`Change ${label}`}>
                  {me && me !== holder.slackUserId && (
                    <Menu.Item onClick={() => setAsking("take")}>Take over…</Menu.Item>
                  )}
                  <Menu.Item onClick={onAssign}>Reassign…</Menu.Item>
                  {me === holder.slackUserId ? (
                    <Menu.Item onClick={leave}>Step down</Menu.Item>
                  ) : (
                    <Menu.Item onClick={() => setAsking("remove")}>Remove {holder.name}…</Menu.Item>
                  )}
                </Menu.Dropdown>
              </Menu>
            )}
          </Group>
        )}
      </Group>
      <Notice text={error} onClose={() => setError(undefined)} />
      <ReplaceDialog
        asking={holder ? asking : null}
        label={label}
        holder={holder?.name ?? ""}
        onClose={() => setAsking(null)}
        onConfirm={() => {
          setAsking(null);
          if (asking === "take") take();
          else leave();
        }}
      />
    </Stack>
  );
}

/** The button that was pressed goes away with what it did; the keyboard goes on at the one in its place. */
function useKeptFocus(holder: string | undefined) {
  const ref = useRef<HTMLDivElement>(null);
  const hadFocus = useRef(false);
  useEffect(() => {
    const actions = ref.current;
    if (!actions) return undefined;
    if (hadFocus.current && document.activeElement === document.body)
      actions.querySelector("button")?.focus();
    const note = () => (hadFocus.current = true);
    const forget = (event: FocusEvent) => {
      // Without a next one the element itself went away, or the page did.
      if (event.relatedTarget) hadFocus.current = false;
    };
    actions.addEventListener("focusin", note);
    actions.addEventListener("focusout", forget);
    return () => {
      actions.removeEventListener("focusin", note);
      actions.removeEventListener("focusout", forget);
    };
  }, [holder]);
  return ref;
}
