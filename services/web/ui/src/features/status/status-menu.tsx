import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { ChoiceMenu, type Choice } from "../incidents/choice-menu";
import { optionsQuery, type Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { lasted } from "./lasted";

interface StatusMenuProps {
  incident: Incident;
  /** One was chosen that resolves: people are asked first. */
  onResolve: (status: string) => void;
  /** Told what went wrong, or that nothing did. */
  onError: (text: string | undefined) => void;
}

/** Shows where the incident stands, and changes it. */
export function StatusMenu({ incident, onResolve, onError }: StatusMenuProps) {
  const options = useQuery(optionsQuery(useApi())).data;
  const set = useChange(incident, (api, status: string, requestId) =>
    api.incidents.setStatus({ incidentId: incident.id, status, requestId }),
  );
  if (!incident.status) return null;
  const statuses = options?.statuses ?? [];
  const choice = ({ key, label, resolved }: (typeof statuses)[number]): Choice => ({
    key,
    label,
    ...(resolved && { emoji: "✅" }),
  });
  return (
    <ChoiceMenu
      name="Status"
      choices={statuses.map(choice)}
      current={choice(incident.status)}
      shown={incident.status.label + lasted(incident)}
      pending={set.isPending ? set.variables : undefined}
      onChoose={(key) => {
        onError(undefined);
        const resolves = statuses.find((status) => status.key === key)?.resolved;
        if (resolves && !incident.resolvedAt) onResolve(key);
        else set.mutate(key, { onError: (error) => onError(explainChange(error)) });
      }}
    />
  );
}
