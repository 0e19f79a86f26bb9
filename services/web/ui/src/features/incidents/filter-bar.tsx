import { CloseButton, Group, MultiSelect, SegmentedControl, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { useQueryText } from "../../components/use-query-text";
import classes from "./filter-bar.module.css";
import type { IncidentFilters } from "./filters";
import { optionsQuery } from "./queries";

interface FilterBarProps {
  filters: IncidentFilters;
  /** Told of what changes only. */
  onChange: (changed: Partial<IncidentFilters>) => void;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const options = useQuery(optionsQuery(useApi())).data;
  const [query, setQuery] = useQueryText(filters.query, (text) => onChange({ query: text }));
  return (
    <Group gap="sm" className={classes.bar} role="search" aria-label="Filter incidents">
      <SegmentedControl
        aria-label="State"
        value={filters.state}
        onChange={(state) => onChange({ state: state })}
        data={[
          { value: "open", label: "Open" },
          { value: "resolved", label: "Resolved" },
          { value: "all", label: "All" },
        ]}
      />
      <TextInput
        aria-label="Search titles and descriptions"
        placeholder="Search titles and descriptions"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={query && <CloseButton size="sm" aria-label="Clear" onClick={() => setQuery("")} />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        className={classes.query}
        maxLength={200}
        type="search"
        dir="auto"
      />
      <KeySelect
        label="Severity"
        chosen={filters.severities}
        all={options?.severities.map(({ key, emoji, label }) => ({ value: key, label: `${emoji} ${label}` }))}
        onChange={(severities) => onChange({ severities })}
      />
      <KeySelect
        label="Status"
        chosen={filters.statuses}
        all={options?.statuses.map(({ key, label }) => ({ value: key, label }))}
        onChange={(statuses) => onChange({ statuses })}
      />
    </Group>
  );
}

interface KeySelectProps {
  label: string;
  chosen: string[];
  all: { value: string; label: string }[] | undefined;
  onChange: (keys: string[]) => void;
}

function KeySelect({ label, chosen, all = [], onChange }: KeySelectProps) {
  // A key from the address that is no option (any more) is shown too, so that it can be taken away.
  const unknown = chosen.filter((key) => !all.some(({ value }) => value === key));
  return (
    <MultiSelect
      aria-label={label}
      placeholder={chosen.length === 0 ? label : ""}
      data={[...all, ...unknown.map((key) => ({ value: key, label: key }))]}
      value={chosen}
      onChange={(keys) => onChange([...keys].sort())}
      className={classes.select}
      clearable
      clearButtonProps={{ "aria-label": `Clear ${label.toLowerCase()}` }}
      comboboxProps={{ shadow: "md" }}
    />
  );
}
