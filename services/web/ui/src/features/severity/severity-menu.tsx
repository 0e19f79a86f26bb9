import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { ChoiceMenu } from "../incidents/choice-menu";
import { optionsQuery, type Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";

interface SeverityMenuProps {
  incident: Incident;
  /** Told what went wrong, or that nothing did. */
  onError: (text: string | undefined) => void;
}

/** Shows how bad it is, and changes it. */
export function SeverityMenu({ incident, onError }: SeverityMenuProps) {
  const options = useQuery(optionsQuery(useApi())).data;
  const set = useChange(incident, (api, severity: string, requestId) =>
    api.incidents.setSeverity({ incidentId: incident.id, severity, requestId }),
  );
  if (!incident.severity) return null;
  return (
    <ChoiceMenu
      name="Severity"
      choices={options?.severities ?? []}
      current={incident.severity}
      pending={set.isPending ? set.variables : undefined}
      onChoose={(severity) => {
        onError(undefined);
        set.mutate(severity, { onError: (error) => onError(explainChange(error)) });
      }}
    />
  );
}
