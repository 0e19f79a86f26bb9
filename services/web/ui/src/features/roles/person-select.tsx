import { useApi } from "../../api/api";
import { SearchSelect, type Choice } from "../../components/search-select";

/** Somebody in Slack. */
export interface Person {
  slackUserId: string;
  name: string;
}

interface PersonSelectProps {
  label: string;
  description?: string;
  value: Person | null;
  onChange: (person: Person | null) => void;
  error?: string | undefined;
  /** It has the focus when its dialog opens. */
  takesFocus?: boolean;
}

/** A field in which somebody is looked for by name or e-mail. */
export function PersonSelect({ value, onChange, ...field }: PersonSelectProps) {
  const api = useApi();
  return (
    <SearchSelect
      {...field}
      placeholder="Name or e-mail"
      nothing="No matching person in Slack."
      value={value && choice(value)}
      onChange={onChange}
      search={{
        key: ["people"],
        find: async (query, signal) => {
          const { people } = await api.incidents.searchPeople({ query }, { signal });
          return people.map((person) => choice(person, person.email));
        },
      }}
    />
  );
}

function choice(person: Person, email = ""): Choice<Person> {
  return {
    id: person.slackUserId,
    name: person.name,
    detail: email,
    text: `${person.name} ${email}`,
    of: person,
  };
}
