import { Button, Group, Stack, Text } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { Notice } from "../../components/notice";
import type { IncidentRole } from "../../gen/incident_bot/v1/incidents_pb";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { PersonSelect, type Person } from "./person-select";

interface AssignDialogProps {
  incident: Incident;
  /** The role that is given; the dialog is closed without one. */
  role: IncidentRole | null;
  onClose: () => void;
}

/** Gives a role to somebody who is looked for by name. */
export function AssignDialog({ incident, role, onClose }: AssignDialogProps) {
  return (
    <Dialog title={`Assign ${role?.role?.label ?? ""}`} opened={role !== null} onClose={onClose}>
      {role && <AssignForm incident={incident} role={role} onClose={onClose} />}
    </Dialog>
  );
}

function AssignForm({
  incident,
  role: { role, holder },
  onClose,
}: AssignDialogProps & { role: IncidentRole }) {
  const [person, setPerson] = useState<Person | null>(null);
  const [errors, setErrors] = useState<FieldErrors<"slack_user_id">>({});
  const assign = useChange(
    incident,
    (api, slackUserId: string, requestId) =>
      api.incidents.assignRole({
        incidentId: incident.id,
        role: role?.key ?? "",
        slackUserId,
        requestId,
        replaces: holder?.slackUserId ?? "",
      }),
    onClose,
  );
  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (assign.isPending) return;
    if (!person) {
      setErrors({ slack_user_id: "Choose somebody." });
      return;
    }
    setErrors({});
    assign.mutate(person.slackUserId, {
      onError: (error) => setErrors(toFieldErrors(error, ["slack_user_id"], UNCONFIRMED)),
    });
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {role?.description && <Text size="sm">{role.description}</Text>}
        <PersonSelect
          label="Person"
          description={holder ? `Replaces ${holder.name}, who gets a direct message.` : ""}
          value={person}
          onChange={(chosen) => {
            setPerson(chosen);
            setErrors({});
          }}
          error={errors.slack_user_id}
          takesFocus
        />
        <Text size="xs" c="dimmed">
          They are invited to the channel and get a direct message that explains the role.
        </Text>
        <Notice text={errors.form} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} disabled={assign.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={assign.isPending}>
            Assign
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const UNCONFIRMED = "We couldn’t confirm that the role was assigned. Try again; it won’t be assigned twice.";
