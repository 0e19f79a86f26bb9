import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import type { SeverityPages } from "../../gen/incident_bot/v1/on_call_pb";
import { ChoiceMenu } from "../incidents/choice-menu";
import { optionsQuery, type Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";

interface SeverityMenuProps {
  incident: Incident;
  /** Whom a severity would page if it were chosen now. */
  pages: SeverityPages[];
  /** Told what went wrong, or that nothing did. */
  onError: (text: string | undefined) => void;
}

/** Shows how bad it is, and changes it. */
export function SeverityMenu({ incident, pages, onError }: SeverityMenuProps) {
  const options = useQuery(optionsQuery(useApi())).data;
  const set = useChange(incident, (api, severity: string, requestId) =>
    api.incidents.setSeverity({ incidentId: incident.id, severity, requestId }),
  );
  if (!incident.severity) return null;
  const choices = (options?.severities ?? []).map((severity) => {
    const teams = pages.find((one) => one.severity === severity.key)?.teams.join(", ");
    return { ...severity, note: teams && `Pages ${teams}` };
  });
  return (
    <ChoiceMenu
      name="Severity"
      choices={choices}
      current={incident.severity}
      pending={set.isPending ? set.variables : undefined}
      onChoose={(severity) => {
        onError(undefined);
        set.mutate(severity, { onError: (error) => onError(explainChange(error)) });
      }}
    />
  );
}
