import { Accordion, Button, Code, Group, Stack, Table, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type SubmitEvent } from "react";
import { useApi } from "../../api/api";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import type { GetRcaTemplateResponse } from "../../gen/incident_bot/v1/settings_pb";
import { RCA_TEMPLATE_KEY } from "./queries";
import { RcaPreview } from "./rca-preview";
import classes from "./settings.module.css";

const FIELDS = ["template"] as const;

/** The template to edit, with what can stand in it, and what becomes of it. */
export function RcaTemplate({ settings }: { settings: GetRcaTemplateResponse }) {
  const api = useApi();
  const queryClient = useQueryClient();
  const field = useRef<HTMLTextAreaElement>(null);
  const [template, setTemplate] = useState(settings.template);
  const [errors, setErrors] = useState<FieldErrors<"template">>({});
  const save = useMutation({
    mutationFn: (wanted: string) => api.settings.updateRcaTemplate({ template: wanted }),
    onSuccess: (kept) => {
      setTemplate(kept.template);
      queryClient.setQueryData<GetRcaTemplateResponse>(
        RCA_TEMPLATE_KEY,
        (known) => known && { ...known, template: kept.template },
      );
    },
    onError: (error) => show(toFieldErrors(error, FIELDS, UNCONFIRMED)),
  });

  function show(found: FieldErrors<"template">) {
    setErrors(found);
    if (found.template) field.current?.focus();
  }

  function edit(text: string) {
    setTemplate(text);
    setErrors({});
    save.reset();
  }

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (save.isPending) return;
    setErrors({});
    save.mutate(template);
  }

  return (
    <Stack gap="md">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Textarea
            ref={field}
            name="template"
            label="Template"
            description="Confluence storage format, with placeholders. Leave it empty to use the built-in template."
            autosize
            minRows={12}
            maxRows={30}
            spellCheck={false}
            value={template}
            onChange={(event) => edit(event.currentTarget.value)}
            error={errors.template}
            classNames={{ input: classes.source ?? "" }}
            inputWrapperOrder={["label", "description", "input", "error"]}
          />
          <Notice text={errors.form} />
          <Group gap="sm">
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
            <Button
              variant="default"
              disabled={save.isPending || template === settings.defaultTemplate}
              onClick={() => edit(settings.defaultTemplate)}
            >
              Reset
            </Button>
            <Text size="sm" role="status">
              {save.isSuccess
                ? "Saved. The next document uses it."
                : template !== settings.template && "Not saved yet."}
            </Text>
          </Group>
        </Stack>
      </form>
      <Placeholders settings={settings} />
      <RcaPreview template={template} onRefused={show} />
    </Stack>
  );
}

function Placeholders({ settings }: { settings: GetRcaTemplateResponse }) {
  return (
    <Accordion variant="contained" order={3}>
      <Accordion.Item value="placeholders">
        <Accordion.Control>Available placeholders</Accordion.Control>
        <Accordion.Panel>
          <Table aria-label="Placeholders">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Placeholder</Table.Th>
                <Table.Th>Becomes</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {settings.placeholders.map(({ name, meaning }) => (
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

const UNCONFIRMED = "We couldn’t confirm that the template was saved. Save it again.";
