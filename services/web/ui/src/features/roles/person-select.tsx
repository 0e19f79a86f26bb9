import { Loader, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { explain } from "../../api/errors";
import type { FoundPerson } from "../../gen/incident_bot/v1/incidents_pb";

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
  // Only what is typed is a question; the name of who is chosen is none.
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words, TYPING_RESTS_MS);
  const found = usePeople(query);
  // While the server looks, those are shown that are known already; Enter never takes somebody else.
  const people = (found.data?.people ?? []).filter((person) => fits(person, words));
  const emails = new Map(people.map(({ slackUserId, email }) => [slackUserId, email]));
  const isFound = (id: string) => people.some(({ slackUserId }) => slackUserId === id);
  // Who is chosen stays known whatever is looked for.
  const known: Person[] = value && !isFound(value.slackUserId) ? [value, ...people] : people;
  const isAsking = found.isFetching || query !== words;
  return (
    <Select
      label={label}
      description={description}
      placeholder="Name or e-mail"
      searchable
      required
      onInput={(event) => setWords(event.currentTarget.value.trim())}
      onBlur={() => setWords("")}
      value={value?.slackUserId ?? null}
      onChange={(id) => {
        setWords("");
        onChange(known.find(({ slackUserId }) => slackUserId === id) ?? null);
      }}
      allowDeselect={false}
      data={known.map(({ slackUserId, name }) => ({ value: slackUserId, label: name }))}
      filter={({ options }) =>
        words === "" ? options : options.filter((option) => "value" in option && isFound(option.value))
      }
      openOnFocus={false}
      renderOption={({ option }) => (
        <div>
          <Text size="sm" dir="auto">
            {option.label}
          </Text>
          {emails.get(option.value) && (
            <Text size="xs" c="inherit">
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
      // Inside its dialog, for those who hear the page; above its edges, for those who see it.
      comboboxProps={{ shadow: "md", withinPortal: false, floatingStrategy: "fixed" }}
      withScrollArea={false}
      styles={{ options: { maxHeight: 220, overflowY: "auto" } }}
      selectFirstOptionOnChange
    />
  );
}

function fits({ name, email }: FoundPerson, words: string): boolean {
  const text = `${name} ${email}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function usePeople(query: string) {
  const api = useApi();
  return useQuery({
    queryKey: ["people", query],
    queryFn: ({ signal }) => api.incidents.searchPeople({ query }, { signal }),
    placeholderData: keepPreviousData,
  });
}
