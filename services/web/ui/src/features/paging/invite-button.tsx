import { Button, Text } from "@mantine/core";
import { explainChange } from "../../api/field-errors";
import type { OnCallPerson } from "../../gen/incident_bot/v1/on_call_pb";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";

/** Invites somebody who is on call to the channel, without calling them. */
export function InviteButton({ incident, person }: { incident: Incident; person: OnCallPerson }) {
  const invite = useChange(incident, (api, slackUserId: string, requestId) =>
    api.incidents.invitePerson({ incidentId: incident.id, slackUserId, requestId }),
  );
  return (
    <>
      {invite.isSuccess ? (
        <Text size="xs" c="dimmed" role="status">
          Invited to the channel
        </Text>
      ) : (
        <Button
          size="compact-xs"
          variant="default"
          loading={invite.isPending}
          onClick={() => invite.mutate(person.slackUserId)}
          aria-label={`Invite ${person.name} to the channel`}
        >
          Invite
        </Button>
      )}
      {invite.isError && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {explainChange(invite.error)}
        </Text>
      )}
    </>
  );
}
