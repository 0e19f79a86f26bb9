import {
  MultiSelect,
  NumberInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
  type InputWrapperProps,
} from "@mantine/core";
import { SettingType, type SettingField } from "../../gen/incident_bot/v1/settings_pb";
import { ItemsInput } from "./items-input";
import { fieldId, itemsOf, optionsOf, textOf, textsOf, type SettingInputProps } from "./setting-value";

/** A text that may be longer than this has room for more than one line. */
const LINE_CHARACTERS = 300;
/** From so many on, options are looked for by typing. */
const SEARCH_FROM = 10;
/** So many are shown at once. */
const SHOWN = 100;

const ORDER: InputWrapperProps["inputWrapperOrder"] = ["label", "description", "input", "error"];

/** The field for a value, by its type. */
export function SettingInput(props: SettingInputProps) {
  const { field, name, value, onChange, errors, valueOf, readOnly = false } = props;
  const common = {
    id: fieldId(name),
    label: field.label,
    description: hint(field),
    error: errors[name],
    readOnly,
    inputWrapperOrder: ORDER,
  };
  const options = { data: optionsOf(field, valueOf), comboboxProps: { withinPortal: false }, limit: SHOWN };
  switch (field.type) {
    case SettingType.SWITCH:
      return (
        <Switch
          id={fieldId(name)}
          label={field.label}
          description={hint(field)}
          error={errors[name]}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case SettingType.NUMBER:
      return (
        <NumberInput
          {...common}
          value={typeof value === "number" ? value : ""}
          onChange={(typed) => onChange(typed === "" ? null : Number(typed))}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
        />
      );
    case SettingType.CHOICE:
      return (
        <Select
          {...common}
          {...options}
          value={textOf(value) || null}
          onChange={(chosen) => onChange(chosen ?? "")}
          allowDeselect={false}
          searchable={options.data.length >= SEARCH_FROM}
          nothingFoundMessage="Nothing found"
        />
      );
    case SettingType.CHOICES:
      return (
        <MultiSelect
          {...common}
          {...options}
          value={textsOf(value)}
          onChange={(chosen) => onChange(chosen)}
        />
      );
    case SettingType.TEXTS:
      return (
        <TagsInput
          {...common}
          value={textsOf(value)}
          onChange={(texts) => onChange(texts)}
          acceptValueOnBlur
          splitChars={[","]}
        />
      );
    case SettingType.LINES:
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          value={textsOf(value).join("\n")}
          onChange={(event) => {
            const text = event.currentTarget.value;
            onChange(text === "" ? [] : text.split("\n"));
          }}
        />
      );
    case SettingType.ITEMS:
      return <ItemsInput {...props} items={itemsOf(value)} Input={SettingInput} />;
    case SettingType.TEXT:
    case SettingType.KEY:
    case SettingType.LINK:
    case SettingType.LONG_TEXT:
    default: {
      const text = {
        ...common,
        value: textOf(value),
        onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
      };
      return field.type === SettingType.LONG_TEXT || field.maxLength > LINE_CHARACTERS ? (
        <Textarea {...text} autosize minRows={1} />
      ) : (
        <TextInput {...text} type={field.type === SettingType.LINK ? "url" : "text"} />
      );
    }
  }
}

/** What it means, with its limits. */
function hint({ help, type, min, max, optional }: SettingField): string | undefined {
  if (type !== SettingType.NUMBER) return help || undefined;
  const limits = `${min.toLocaleString("en")} to ${max.toLocaleString("en")}${optional ? ", or empty" : ""}.`;
  return help ? `${help} ${limits}` : limits;
}
