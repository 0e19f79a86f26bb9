import { Accordion, Code, Stack, Table, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import type { RcaPlaceholder } from "../../gen/incident_bot/v1/settings_pb";
import { rcaTemplateQuery } from "./queries";
import { RcaPreview } from "./rca-preview";
import { fieldId, textOf, type SettingInputProps } from "./setting-value";
import classes from "./settings.module.css";

/** Edits the template of the RCA document: its placeholders, and a preview. */
export function RcaTemplate({ field, name, value, onChange, errors }: SettingInputProps) {
  const query = useQuery(rcaTemplateQuery(useApi()));
  const [refused, setRefused] = useState<{ template: string; why: string | undefined }>();
  const template = textOf(value);
  return (
    <Stack gap="md">
      <Textarea
        id={fieldId(name)}
        label={field.label}
        description={field.help}
        autosize
        minRows={12}
        maxRows={30}
        spellCheck={false}
        value={template}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={errors[name] ?? (refused?.template === template ? refused.why : undefined)}
        classNames={{ input: classes.source ?? "" }}
        inputWrapperOrder={["label", "description", "input", "error"]}
      />
      {query.isError && (
        <ErrorState
          what="The placeholders could not be loaded"
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )}
      <Placeholders placeholders={query.data?.placeholders ?? []} />
      <RcaPreview
        template={template}
        onRefused={(why) => {
          setRefused({ template, why: why.template });
          document.getElementById(fieldId(name))?.focus();
        }}
      />
    </Stack>
  );
}

function Placeholders({ placeholders }: { placeholders: RcaPlaceholder[] }) {
  return (
    <Accordion variant="contained" order={2}>
      <Accordion.Item value="placeholders">
        <Accordion.Control>Placeholders</Accordion.Control>
        <Accordion.Panel>
          <Table aria-label="Placeholders">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Placeholder</Table.Th>
                <Table.Th>Becomes</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {placeholders.map(({ name, meaning }) => (
                <Table.Tr key={name}>
                  <Table.Td>
                    <Code>{`{{${name}}}`}</Code>
                  </Table.Td>
                  <Table.Td className={classes.words}>{meaning}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
