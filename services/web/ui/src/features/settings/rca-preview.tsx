import { Button, Group, SegmentedControl, Stack, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { explain } from "../../api/errors";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import { SearchSelect, type Choice } from "../../components/search-select";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";
import classes from "./settings.module.css";
import { StorageView } from "./storage-view";

/** How many incidents are offered at once. */
const SHOWN = 20;

interface RcaPreviewProps {
  template: string;
  /** What is wrong with the template. */
  onRefused: (errors: FieldErrors<"template">) => void;
}

/** What the template makes of an incident, before it is saved. */
export function RcaPreview({ template, onRefused }: RcaPreviewProps) {
  const api = useApi();
  const [incident, setIncident] = useState<Incident | null>(null);
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
      <Title order={2} size="h5">
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
            if (incident !== null) preview.mutate(incident.id);
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
  value: Incident | null;
  onChange: (incident: Incident | null) => void;
}) {
  const api = useApi();
  return (
    <div className={classes.incident}>
      <SearchSelect
        label="Incident"
        placeholder="Title or words"
        nothing="No matching incident."
        value={value && choice(value)}
        onChange={onChange}
        search={{
          key: ["settings", "incidents"],
          find: async (query, signal) => {
            const { incidents } = await api.incidents.listIncidents({ pageSize: SHOWN, query }, { signal });
            return incidents.filter(({ sealed }) => !sealed).map(choice);
          },
        }}
      />
    </div>
  );
}

function choice(incident: Incident): Choice<Incident> {
  const { id, title, description } = incident;
  return { id, name: title, text: `${title} ${description}`, of: incident };
}
