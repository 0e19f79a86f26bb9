import { useApi } from "../../api/api";
import { SearchSelect, type Choice } from "../../components/search-select";
import type { Team } from "../../gen/incident_bot/v1/on_call_pb";
import { ON_CALL_KEY } from "../on-call/queries";

const SHOWN = 20;

interface TeamSelectProps {
  value: Team | null;
  onChange: (team: Team | null) => void;
  error?: string | undefined;
}

/** A field in which a team is looked for by its name, or by the name of who is on call. */
export function TeamSelect({ value, onChange, error }: TeamSelectProps) {
  const api = useApi();
  return (
    <SearchSelect
      label="Team"
      placeholder="Who is needed?"
      nothing="No matching team."
      value={value && choice(value)}
      onChange={onChange}
      search={{
        key: [...ON_CALL_KEY, "search"],
        find: async (query, signal) => {
          const { teams } = await api.onCall.listOnCall({ query, pageSize: SHOWN }, { signal });
          return teams.map(choice);
        },
      }}
      error={error}
      takesFocus
    />
  );
}

function choice(team: Team): Choice<Team> {
  const everybody = team.levels.flatMap(({ people }) => people.map(({ name }) => name));
  return {
    id: team.id,
    name: team.name,
    detail: team.unpageable === "" ? `on call: ${onCall(team)}` : `cannot be paged: ${team.unpageable}`,
    text: [team.name, ...everybody].join(" "),
    of: team,
  };
}

/** Those who are called first: of the first level where somebody is. */
function onCall(team: Team): string {
  const first = team.levels.find(({ people }) => people.length > 0);
  return first?.people.map(({ name }) => name).join(", ") ?? "nobody";
}
