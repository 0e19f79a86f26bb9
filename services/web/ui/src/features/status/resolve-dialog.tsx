import { Button, Checkbox, Group, List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { Notice } from "../../components/notice";
import { ResolvePages } from "../../gen/incident_bot/v1/on_call_pb";
import { useSession } from "../auth/session";
import { incidentQuery, optionsQuery, type Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { isOver, whom } from "../paging/pages";
import { PersonSelect, type Person } from "../roles/person-select";

interface ResolveDialogProps {
  incident: Incident;
  /** Key of the status that it gets; the dialog is closed without one. */
  status: string | undefined;
  onClose: () => void;
}

/** Asks before an incident is resolved: who is missing, and what will be posted to whom. */
export function ResolveDialog({ incident, status, onClose }: ResolveDialogProps) {
  return (
    <Dialog title="Resolve this incident" opened={status !== undefined} onClose={onClose} size="lg">
      {status !== undefined && <ResolveForm incident={incident} status={status} onClose={onClose} />}
    </Dialog>
  );
}

interface Wish {
  status: string;
  roles: { role: string; slackUserId: string }[];
  resolvePages: boolean;
}

function ResolveForm({ incident, status, onClose }: ResolveDialogProps & { status: string }) {
  const session = useSession();
  const api = useApi();
  const options = useQuery(optionsQuery(api)).data;
  const pages = (useQuery(incidentQuery(api, incident.id)).data?.pages ?? []).filter((page) => !isOver(page));
  const [resolvePages, setResolvePages] = useState(true);
  const asksForPages = pages.length > 0 && options?.resolvePages === ResolvePages.ASK;
  const me: Person | null = session?.slackUserId
    ? { slackUserId: session.slackUserId, name: session.name }
    : null;
  const [chosen, setChosen] = useState<Record<string, Person | null>>({});
  const [tried, setTried] = useState(false);
  const resolve = useChange(
    incident,
    (api, wish: Wish, requestId) => api.incidents.setStatus({ incidentId: incident.id, ...wish, requestId }),
    onClose,
  );
  // From the incident as it is, which changes when somebody takes a role, or gives one up, meanwhile.
  const missing = incident.roles.flatMap(({ role, holder }) =>
    role?.neededToResolve && !holder ? [role] : [],
  );
  const personFor = (role: string) => (role in chosen ? (chosen[role] ?? null) : me);

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (resolve.isPending) return;
    const roles = missing.flatMap(({ key }) => {
      const person = personFor(key);
      return person ? [{ role: key, slackUserId: person.slackUserId }] : [];
    });
    setTried(true);
    if (roles.length === missing.length)
      resolve.mutate({ status, roles, resolvePages: asksForPages && resolvePages });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {missing.length > 0 && (
          <Text size="sm">
            Before you resolve it, assign {missing.length === 1 ? "this role" : "these roles"}.
          </Text>
        )}
        {missing.map(({ key, label, description }, index) => (
          <PersonSelect
            key={key}
            label={label}
            description={description}
            value={personFor(key)}
            onChange={(person) => setChosen((before) => ({ ...before, [key]: person }))}
            error={tried && !personFor(key) ? "Choose who has or had this role." : undefined}
            takesFocus={index === 0}
          />
        ))}
        {asksForPages && (
          <Checkbox
            label="Resolve its pages too, so that PagerDuty stops calling people"
            description={pages.map(whom).join(", ")}
            checked={resolvePages}
            onChange={(event) => setResolvePages(event.currentTarget.checked)}
          />
        )}
        <div>
          <Text size="sm" fw={600} mb={4}>
            What happens next
          </Text>
          <List size="sm" spacing={4}>
            {incident.channel && (
              <List.Item>This is posted in #{incident.channel.name}, with your name.</List.Item>
            )}
            {(!incident.private || options?.privateInDigest) && (
              <List.Item>The post in the digest channel shows it as resolved.</List.Item>
            )}
            <List.Item>Reminders stop.</List.Item>
            {pages.length > 0 && options?.resolvePages === ResolvePages.ALWAYS && (
              <List.Item>Its pages in PagerDuty are resolved.</List.Item>
            )}
            {options?.rcaChannel &&
              (incident.rcaChannel?.closed ?? "") === "" &&
              (incident.rcaChannel ? (
                <List.Item>The post-incident channel #{incident.rcaChannel.name} stays as it is.</List.Item>
              ) : (
                <List.Item>A post-incident channel is created, with {leaders(incident)} in it.</List.Item>
              ))}
          </List>
        </div>
        <Notice text={resolve.isError ? explainChange(resolve.error, UNCONFIRMED) : undefined} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} disabled={resolve.isPending}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={resolve.isPending}
            data-autofocus={missing.length === 0 || undefined}
          >
            Resolve
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Who is invited to look into the causes; one person may have both roles. */
function leaders({ roles }: Incident): string {
  const names = LEADERS.flatMap((key) => roles.find(({ role }) => role?.key === key)?.holder?.name ?? []);
  const different = [...new Set(names)];
  return different.length > 0 ? different.join(" and ") : "the commander and the technical lead";
}

const LEADERS = ["incident_commander", "technical_lead"];

const UNCONFIRMED =
  "We couldn’t confirm that the incident was resolved. Try again; it won’t be resolved twice.";
