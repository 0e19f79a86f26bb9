import { Button, Group, SegmentedControl, Select, Stack, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { explain } from "../../api/errors";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import classes from "./settings.module.css";
import { StorageView } from "./storage-view";

const TYPING_RESTS_MS = 200;

interface RcaPreviewProps {
  template: string;
  /** What is wrong with the template. */
  onRefused: (errors: FieldErrors<"template">) => void;
}

/** What the template makes of an incident, before it is saved. */
export function RcaPreview({ template, onRefused }: RcaPreviewProps) {
  const api = useApi();
  const [incident, setIncident] = useState<string | null>(null);
  const [failed, setFailed] = useState<string>();
  const [shape, setShape] = useState("page");
  const preview = useMutation({
    mutationFn: (incidentId: string) => api.settings.previewRcaTemplate({ template, incidentId }),
    onError: (error) => {
      const { template: wrong, form } = toFieldErrors(error, ["template"], explain(error));
      if (wrong) onRefused({ template: wrong });
      setFailed(form);
    },
  });
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        Preview
      </Title>
      <Group align="flex-end" gap="sm">
        <IncidentSelect value={incident} onChange={setIncident} />
        <Button
          variant="default"
          disabled={incident === null}
          loading={preview.isPending}
          onClick={() => {
            setFailed(undefined);
            if (incident !== null) preview.mutate(incident);
          }}
        >
          Preview
        </Button>
      </Group>
      <Notice text={failed} />
      {preview.data && (
        <>
          <SegmentedControl
            aria-label="How the preview is shown"
            className={classes.shapes ?? ""}
            value={shape}
            onChange={setShape}
            data={[
              { value: "page", label: "As a page" },
              { value: "source", label: "Source" },
            ]}
          />
          {/* It scrolls, so it can be reached without a mouse. */}
          <div
            className={classes.preview}
            role="region"
            aria-label="The document"
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
          >
            {shape === "page" ? (
              <StorageView body={preview.data.body} />
            ) : (
              <pre className={classes.pre}>{preview.data.body}</pre>
            )}
          </div>
        </>
      )}
    </Stack>
  );
}

function IncidentSelect({
  value,
  onChange,
}: {
  value: string | null;
  onChange: (id: string | null) => void;
}) {
  const api = useApi();
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words, TYPING_RESTS_MS);
  const found = useQuery({
    queryKey: ["settings", "incidents", query],
    queryFn: ({ signal }) => api.incidents.listIncidents({ pageSize: 20, query }, { signal }),
    placeholderData: keepPreviousData,
  });
  const incidents = (found.data?.incidents ?? [])
    .filter(({ sealed }) => !sealed)
    .map(({ id, title }) => ({ value: id, label: title }));
  const isListed = incidents.some((one) => one.value === chosen?.value);
  const data = chosen && !isListed ? [chosen, ...incidents] : incidents;
  return (
    <Select
      className={classes.incident ?? ""}
      label="Incident"
      placeholder="Title or words"
      searchable
      value={value}
      onInput={(event) => setWords(event.currentTarget.value.trim())}
      onBlur={() => setWords("")}
      onChange={(id) => {
        setWords("");
        setChosen(data.find((one) => one.value === id) ?? null);
        onChange(id);
      }}
      data={data}
      // The server has searched.
      filter={({ options }) => options}
      nothingFoundMessage={found.isError ? explain(found.error) : "No incident has these words."}
    />
  );
}
