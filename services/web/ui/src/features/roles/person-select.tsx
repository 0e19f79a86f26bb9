import { Loader, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { explain } from "../../api/errors";

const TYPING_RESTS_MS = 200;

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
export function PersonSelect({
  label,
  description,
  value,
  onChange,
  error,
  takesFocus = false,
}: PersonSelectProps) {
  const [typed, setTyped] = useState(value?.name ?? "");
  // The name of who is chosen is no question.
  const words = typed === value?.name ? "" : typed.trim();
  const [query] = useDebouncedValue(words, TYPING_RESTS_MS);
  const found = usePeople(query);
  const people = found.data?.people ?? [];
  const emails = new Map(people.map(({ slackUserId, email }) => [slackUserId, email]));
  const known: Person[] =
    value && !people.some(({ slackUserId }) => slackUserId === value.slackUserId)
      ? [value, ...people]
      : people;
  const isAsking = found.isFetching || query !== words;
  return (
    <Select
      label={label}
      description={description}
      placeholder="Name or e-mail"
      searchable
      required
      searchValue={typed}
      onSearchChange={setTyped}
      value={value?.slackUserId ?? null}
      onChange={(id) => onChange(known.find(({ slackUserId }) => slackUserId === id) ?? null)}
      data={known.map(({ slackUserId, name }) => ({ value: slackUserId, label: name }))}
      // The server has looked already.
      filter={({ options }) => options}
      renderOption={({ option }) => (
        <div>
          <Text size="sm" dir="auto">
            {option.label}
          </Text>
          {emails.get(option.value) && (
            <Text size="xs" c="dimmed">
              {emails.get(option.value)}
            </Text>
          )}
        </div>
      )}
      nothingFoundMessage={
        found.isError ? explain(found.error) : isAsking ? "Looking …" : "Nobody in Slack goes by that name."
      }
      rightSection={isAsking ? <Loader size={14} color="gray" aria-hidden /> : undefined}
      error={error}
      data-autofocus={takesFocus ? true : undefined}
      comboboxProps={{ shadow: "md" }}
      selectFirstOptionOnChange
    />
  );
}

function usePeople(query: string) {
  const api = useApi();
  return useQuery({
    queryKey: ["people", query],
    queryFn: ({ signal }) => api.incidents.searchPeople({ query }, { signal }),
    placeholderData: keepPreviousData,
  });
}
