import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { ConnectError } from "@connectrpc/connect";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { useApi } from "../../api/api";
import { sentence } from "../../api/errors";
import { explainChange } from "../../api/field-errors";
import { Age } from "../../components/age";
import { Notice } from "../../components/notice";
import {
  InvalidSettingsSchema,
  StaleSettingsSchema,
  type ListSettingsResponse,
  type Setting,
  type SettingField,
  type SettingGroup,
  type StaleSetting,
} from "../../gen/incident_bot/v1/settings_pb";
import { INCIDENTS_KEY, optionsQuery } from "../incidents/queries";
import { EDITORS } from "./editors";
import { PROVIDERS_KEY, SETTINGS_KEY, SETTINGS_LIST_KEY } from "./queries";
import { SettingInput } from "./setting-input";
import { fieldId, findSetting, isSame, parse, type JsonValue, type SettingErrors } from "./setting-value";
import { StaleNotice } from "./stale-notice";

/** What somebody made of a setting, and the revision that they saw. */
interface Edit {
  value: JsonValue;
  revision: bigint;
}

interface SettingFormProps {
  group: SettingGroup;
  /** All of them: fields offer what settings of other pages have. */
  groups: SettingGroup[];
}

/** The settings of a page, to edit by their schema. They are saved together. */
export function SettingForm({ group, groups }: SettingFormProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [edits, setEdits] = useState<Partial<Record<string, Edit>>>({});
  const [errors, setErrors] = useState<SettingErrors>({});
  const [stale, setStale] = useState<StaleSetting[]>([]);
  const save = useMutation({
    mutationFn: (wanted: typeof edits) => {
      const changes = Object.entries(wanted).flatMap(([key, edit]) =>
        edit ? [{ key, value: JSON.stringify(edit.value), revision: edit.revision }] : [],
      );
      return api.settings.updateSettings({ changes });
    },
    onSuccess: async ({ groups: kept }) => {
      // What was asked before must not come after it.
      await queryClient.cancelQueries({ queryKey: SETTINGS_KEY });
      queryClient.setQueryData<ListSettingsResponse>(
        SETTINGS_LIST_KEY,
        (known) => known && { ...known, groups: kept },
      );
      setEdits({});
      // They show in every list and form.
      for (const queryKey of [PROVIDERS_KEY, INCIDENTS_KEY, optionsQuery(api).queryKey]) {
        void queryClient.invalidateQueries({ queryKey });
      }
    },
    onError: (error) => {
      const found = ConnectError.from(error);
      const [invalid] = found.findDetails(InvalidSettingsSchema);
      const [outdated] = found.findDetails(StaleSettingsSchema);
      setStale(outdated?.settings ?? []);
      if (outdated) void queryClient.invalidateQueries({ queryKey: SETTINGS_LIST_KEY });
      else if (invalid) show(toErrors(invalid.settings, group));
      else show({ form: explainChange(error, UNCONFIRMED) });
    },
  });
  const isEdited = Object.keys(edits).length > 0;

  const valueOf = (key: string) => {
    const setting = findSetting(groups, key);
    return edits[key]?.value ?? (setting && parse(setting.value));
  };

  function show(found: SettingErrors) {
    setErrors(found);
    const [first] = Object.keys(found);
    document.getElementById(fieldId(first ?? ""))?.focus();
  }

  function edit(key: string, setting: Setting, value: JsonValue) {
    const isAsSaved = isSame(value, parse(setting.value)) && !setting.warning;
    setEdits(({ [key]: before, ...others }) =>
      isAsSaved ? others : { ...others, [key]: { value, revision: before?.revision ?? setting.revision } },
    );
    setErrors((all) => Object.fromEntries(Object.entries(all).filter(([name]) => !isAt(name, key))));
    if (!save.isPending) save.reset();
  }

  /** Resolves a conflict with somebody else's change: keep this value, or take theirs. */
  function choose({ key, revision }: StaleSetting, mine: boolean) {
    setEdits(({ [key]: before, ...others }) =>
      mine && before ? { ...others, [key]: { ...before, revision } } : others,
    );
    setStale((all) => all.filter((one) => one.key !== key));
    save.reset();
  }

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (save.isPending || !isEdited) return;
    setErrors({});
    setStale([]);
    save.mutate(edits);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="xl">
        {group.settings.map((setting) => {
          const { field } = setting;
          if (!field) return null;
          const { key } = field;
          const Input = EDITORS[setting.editor] ?? SettingInput;
          const edited = edits[key];
          const value = edited ? edited.value : parse(setting.value);
          const outdated = stale.find((one) => one.key === key);
          return (
            <Stack key={key} gap="xs">
              {setting.warning && (
                <Alert color="yellow" variant="light">
                  {setting.warning}
                </Alert>
              )}
              <Input
                field={field}
                name={key}
                value={value}
                saved={parse(setting.value)}
                onChange={(next) => edit(key, setting, next)}
                errors={errors}
                valueOf={valueOf}
              />
              <LastChange
                field={field}
                setting={setting}
                isDefault={isSame(value, parse(setting.defaultValue)) && !setting.warning}
                onReset={() => edit(key, setting, parse(setting.defaultValue))}
              />
              {outdated && (
                <StaleNotice
                  field={field}
                  stale={outdated}
                  valueOf={valueOf}
                  onKeepMine={() => choose(outdated, true)}
                  onUseCurrent={() => choose(outdated, false)}
                />
              )}
            </Stack>
          );
        })}
        <Notice text={errors.form} />
        <Group gap="sm">
          <Button type="submit" loading={save.isPending} disabled={!isEdited}>
            Save changes
          </Button>
          <Text size="sm" role="status">
            {save.isSuccess ? "Saved. Your changes apply now." : isEdited && "Not saved yet."}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

interface LastChangeProps {
  field: SettingField;
  setting: Setting;
  isDefault: boolean;
  onReset: () => void;
}

/** Who changed a setting last, and the way back to its default. */
function LastChange({ field, setting, isDefault, onReset }: LastChangeProps) {
  if (!setting.changedAt && isDefault) return null;
  return (
    <Group gap="sm">
      {setting.changedAt && (
        <Text size="xs" c="dimmed">
          Changed by {setting.changedBy || "somebody outside of the console"} <Age at={setting.changedAt} />
        </Text>
      )}
      {!isDefault && (
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={`Reset ${field.label} to default`}
          onClick={onReset}
        >
          Reset to default
        </Button>
      )}
    </Group>
  );
}

/** Puts what is wrong at its fields, and above the button what has none on this page. */
function toErrors(
  invalid: { key: string; path: string; message: string }[],
  group: SettingGroup,
): SettingErrors {
  const errors: SettingErrors = {};
  for (const { key, path, message } of invalid) {
    const isHere = group.settings.some(({ field }) => field?.key === key);
    const name = isHere ? (path ? `${key}.${path}` : key) : "form";
    errors[name] ??= sentence(message, "This is not accepted.");
  }
  return errors;
}

/** Whether a field belongs to the setting. */
function isAt(name: string, key: string): boolean {
  return name === "form" || name === key || name.startsWith(`${key}.`);
}

const UNCONFIRMED = "We couldn’t confirm your change. Try again; it won’t be applied twice.";
