import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import {
  SettingType,
  type Setting,
  type SettingField,
  type SettingGroup,
} from "../../gen/incident_bot/v1/settings_pb";

export type { JsonObject, JsonValue };

/** What is wrong, by the name of a field: a setting's key, with the place in its value, such as `roles.2.label`. */
export type SettingErrors = Partial<Record<string, string>>;

export interface Option {
  value: string;
  label: string;
}

/** The value behind a text of the API. */
export function parse(json: string): JsonValue {
  return JSON.parse(json) as JsonValue;
}

export function isSame(one: JsonValue, other: JsonValue): boolean {
  return canonical(one) === canonical(other);
}

/** The order of an object's fields means nothing. */
function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_key, inner: JsonValue) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of a list. */
export function itemsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The texts of a list. */
export function textsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

export function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** What a field has before anybody has filled it. */
export function blank(field: SettingField): JsonValue {
  switch (field.type) {
    case SettingType.SWITCH:
      return false;
    case SettingType.NUMBER:
      return field.optional ? null : field.min;
    case SettingType.CHOICES:
    case SettingType.TEXTS:
    case SettingType.LINES:
    case SettingType.ITEMS:
      return [];
    default:
      return field.optional ? null : "";
  }
}

/** A new object of a list. */
export function blankItem(field: SettingField): JsonObject {
  return Object.fromEntries(field.fields.map((one) => [one.key, blank(one)]));
}

/** The current value of any setting, so that a choice can offer the objects of a list. */
export type ValueOf = (key: string) => JsonValue | undefined;

export interface SettingInputProps {
  field: SettingField;
  /** Names the field in the form, as errors do. */
  name: string;
  value: JsonValue | undefined;
  /** As it is kept on the server. */
  saved?: JsonValue | undefined;
  onChange: (value: JsonValue) => void;
  errors: SettingErrors;
  valueOf: ValueOf;
  /** Whether it can't be changed. */
  readOnly?: boolean;
}

/** Where the field with this name is in the page. */
export function fieldId(name: string): string {
  return `setting-${name}`;
}

/** What can be chosen. */
export function optionsOf(field: SettingField, valueOf: ValueOf): Option[] {
  if (!field.optionsOf) return field.options.map(({ value, label }) => ({ value, label }));
  const options = itemsOf(valueOf(field.optionsOf)).map((item) => ({
    value: textOf(item.key),
    label: textOf(item.label) || textOf(item.key),
  }));
  // Two objects of a list that is being edited may have the same key for a while.
  return options.filter(
    ({ value }, place) => value !== "" && options.findIndex((one) => one.value === value) === place,
  );
}

/** A value in words, to compare it with another one. */
export function describe(field: SettingField, value: JsonValue | undefined, valueOf: ValueOf): string {
  const labelOf = (key: string) =>
    optionsOf(field, valueOf).find((option) => option.value === key)?.label ?? key;
  switch (field.type) {
    case SettingType.SWITCH:
      return value === true ? "On" : "Off";
    case SettingType.NUMBER:
      return typeof value === "number" ? `${value} ${field.unit}` : NOTHING;
    case SettingType.CHOICE:
      return labelOf(textOf(value)) || NOTHING;
    case SettingType.CHOICES:
      return textsOf(value).map(labelOf).join("\n") || NOTHING;
    case SettingType.TEXTS:
    case SettingType.LINES:
      return textsOf(value).join("\n") || NOTHING;
    case SettingType.ITEMS:
      return (
        itemsOf(value)
          .map((item) =>
            field.fields.map((one) => `${one.label}: ${describe(one, item[one.key], valueOf)}`).join("\n"),
          )
          .join("\n\n") || NOTHING
      );
    default:
      return textOf(value) || NOTHING;
  }
}

const NOTHING = "(empty)";

/** The setting with this key, on any page. */
export function findSetting(groups: SettingGroup[], key: string): Setting | undefined {
  return groups.flatMap(({ settings }) => settings).find(({ field }) => field?.key === key);
}
