import { Loader, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { explain } from "../../api/errors";
import type { Team } from "../../gen/incident_bot/v1/on_call_pb";
import { ON_CALL_KEY } from "../on-call/queries";

const TYPING_RESTS_MS = 200;
const SHOWN = 20;

interface TeamSelectProps {
  value: Team | null;
  onChange: (team: Team | null) => void;
  error?: string | undefined;
}

/** A field in which a team is looked for by its name, or by the name of who is on call. */
export function TeamSelect({ value, onChange, error }: TeamSelectProps) {
  // Only what is typed is a question; the name of the team that is chosen is none.
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words, TYPING_RESTS_MS);
  const found = useTeams(query);
  // While the server looks, those are shown that are known already; Enter never takes another.
  const teams = (found.data?.teams ?? []).filter((team) => fits(team, words));
  const isFound = (id: string) => teams.some((team) => team.id === id);
  const known: Team[] = value && !isFound(value.id) ? [value, ...teams] : teams;
  const isAsking = found.isFetching || query !== words;
  return (
    <Select
      label="Team"
      placeholder="Who is needed?"
      searchable
      required
      onInput={(event) => setWords(event.currentTarget.value.trim())}
      onBlur={() => setWords("")}
      value={value?.id ?? null}
      onChange={(id) => {
        setWords("");
        onChange(known.find((team) => team.id === id) ?? null);
      }}
      allowDeselect={false}
      data={known.map(({ id, name }) => ({ value: id, label: name }))}
      filter={({ options }) =>
        words === "" ? options : options.filter((option) => "value" in option && isFound(option.value))
      }
      openOnFocus={false}
      renderOption={({ option }) => (
        <div>
          <Text size="sm" dir="auto">
            {option.label}
          </Text>
          <Text size="xs" c="inherit">
            on call: {onCall(known.find(({ id }) => id === option.value))}
          </Text>
        </div>
      )}
      nothingFoundMessage={
        found.isError ? explain(found.error) : isAsking ? "Looking …" : "No team has such a name."
      }
      rightSection={isAsking ? <Loader size={14} color="gray" aria-hidden /> : undefined}
      error={error}
      data-autofocus
      // Inside its dialog, for those who hear the page; above its edges, for those who see it.
      comboboxProps={{ shadow: "md", withinPortal: false, floatingStrategy: "fixed" }}
      withScrollArea={false}
      styles={{ options: { maxHeight: 220, overflowY: "auto" } }}
      selectFirstOptionOnChange
    />
  );
}

/** Those who are called first: of the first level where somebody is. */
function onCall(team: Team | undefined): string {
  const first = team?.levels.find(({ people }) => people.length > 0);
  return first?.people.map(({ name }) => name).join(", ") ?? "nobody";
}

function fits({ name, levels }: Team, words: string): boolean {
  const people = levels.flatMap(({ people: all }) => all.map((person) => person.name));
  const text = [name, ...people].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function useTeams(query: string) {
  const api = useApi();
  return useQuery({
    queryKey: [...ON_CALL_KEY, "search", query],
    queryFn: ({ signal }) => api.onCall.listOnCall({ query, pageSize: SHOWN }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}
