import { Loader, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "../api/errors";

const TYPING_RESTS_MS = 200;

/** One of those that can be chosen. */
export interface Choice<T> {
  id: string;
  name: string;
  /** What tells it from others of the same name. */
  detail?: string;
  /** What it is found by. */
  text: string;
  of: T;
}

interface SearchSelectProps<T> {
  label: string;
  description?: string | undefined;
  placeholder: string;
  /** What is said when nothing fits. */
  nothing: string;
  value: Choice<T> | null;
  onChange: (chosen: T | null) => void;
  /** Asks the server for what fits, under a key for the query's cache. */
  search: {
    key: readonly unknown[];
    find: (query: string, signal: AbortSignal) => Promise<Choice<T>[]>;
  };
  error?: string | undefined;
  /** It has the focus when its dialog opens. */
  takesFocus?: boolean;
}

/** A field in which something is looked for on the server, by words, and chosen. */
export function SearchSelect<T>({
  value,
  onChange,
  search,
  nothing,
  takesFocus,
  ...field
}: SearchSelectProps<T>) {
  // Only what is typed is a question; the name of what is chosen is none.
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words, TYPING_RESTS_MS);
  const answer = useQuery({
    queryKey: [...search.key, query],
    queryFn: ({ signal }) => search.find(query, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  // While the server looks, those are shown that are known already; Enter never takes another.
  const found = (answer.data ?? []).filter(({ text }) => fits(text, words));
  const isFound = (id: string) => found.some((choice) => choice.id === id);
  // What is chosen stays known whatever is looked for.
  const known = value && !isFound(value.id) ? [value, ...found] : found;
  const choiceOf = (id: string | null) => known.find((choice) => choice.id === id);
  const isAsking = answer.isFetching || query !== words;
  return (
    <Select
      {...field}
      searchable
      required
      onInput={(event) => setWords(event.currentTarget.value.trim())}
      onBlur={() => setWords("")}
      value={value?.id ?? null}
      onChange={(id) => {
        setWords("");
        onChange(choiceOf(id)?.of ?? null);
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
          {choiceOf(option.value)?.detail && (
            <Text size="xs" c="inherit">
              {choiceOf(option.value)?.detail}
            </Text>
          )}
        </div>
      )}
      nothingFoundMessage={answer.isError ? explain(answer.error) : isAsking ? "Looking …" : nothing}
      rightSection={isAsking ? <Loader size={14} color="gray" aria-hidden /> : undefined}
      data-autofocus={takesFocus ? true : undefined}
      // Inside its dialog, for those who hear the page; above its edges, for those who see it.
      comboboxProps={{ shadow: "md", withinPortal: false, floatingStrategy: "fixed" }}
      withScrollArea={false}
      styles={{ options: { maxHeight: 220, overflowY: "auto" } }}
      selectFirstOptionOnChange
    />
  );
}

function fits(text: string, words: string): boolean {
  const lower = text.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
