import { ActionIcon, Button, Fieldset, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type ComponentType } from "react";
import { newId } from "../../components/new-id";
import { SettingType } from "../../gen/incident_bot/v1/settings_pb";
import {
  blankItem,
  fieldId,
  itemsOf,
  textOf,
  type JsonObject,
  type SettingInputProps,
} from "./setting-value";

interface ItemsInputProps extends SettingInputProps {
  items: JsonObject[];
  /** The field for a value of an object. */
  Input: ComponentType<SettingInputProps>;
}

/** A list of objects: each with its fields, to add, remove and reorder. */
export function ItemsInput({ field, name, items, saved, onChange, errors, valueOf, Input }: ItemsInputProps) {
  // Which object is which while they move.
  const [ids, setIds] = useState(() => items.map(newId));
  if (ids.length !== items.length) setIds(items.map(newId));
  const savedKeys = itemsOf(saved).map(({ key }) => key);
  const error = errors[name];
  const errorId = `${fieldId(name)}-error`;

  function change(next: JsonObject[], nextIds: string[]) {
    setIds(nextIds);
    onChange(next);
  }

  function move(from: number, to: number) {
    change(moved(items, from, to), moved(ids, from, to));
  }

  function remove(place: number) {
    const others = (_: unknown, other: number) => other !== place;
    change(items.filter(others), ids.filter(others));
  }

  function add() {
    change([...items, blankItem(field)], [...ids, newId()]);
    const first = fieldId(`${name}.${items.length}.${field.fields[0]?.key ?? ""}`);
    setTimeout(() => document.getElementById(first)?.focus());
  }

  return (
    <Fieldset
      id={fieldId(name)}
      tabIndex={-1}
      legend={field.label}
      variant="unstyled"
      aria-describedby={error ? errorId : undefined}
      aria-invalid={error ? true : undefined}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {field.help}
        </Text>
        {items.map((item, place) => {
          const label = textOf(item.label) || `new ${field.itemName}`;
          // Only the first of two with the same key is the saved one.
          const isSaved =
            savedKeys.includes(item.key) && items.findIndex((one) => one.key === item.key) === place;
          return (
            <Fieldset key={ids[place]} legend={textOf(item.label) || `New ${field.itemName}`}>
              <Stack gap="sm">
                <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
                  {field.fields.map((one) => (
                    <Input
                      key={one.key}
                      field={one}
                      name={`${name}.${place}.${one.key}`}
                      value={item[one.key]}
                      onChange={(value) =>
                        onChange(
                          items.map((other) => (other === item ? { ...item, [one.key]: value } : other)),
                        )
                      }
                      errors={errors}
                      valueOf={valueOf}
                      readOnly={isSaved && one.type === SettingType.KEY}
                    />
                  ))}
                </SimpleGrid>
                <Group gap="xs">
                  <ActionIcon
                    variant="default"
                    size="lg"
                    aria-label={`Move ${label} up`}
                    disabled={place === 0}
                    onClick={() => move(place, place - 1)}
                  >
                    <IconArrowUp size={18} aria-hidden />
                  </ActionIcon>
                  <ActionIcon
                    variant="default"
                    size="lg"
                    aria-label={`Move ${label} down`}
                    disabled={place === items.length - 1}
                    onClick={() => move(place, place + 1)}
                  >
                    <IconArrowDown size={18} aria-hidden />
                  </ActionIcon>
                  <ActionIcon
                    variant="default"
                    size="lg"
                    aria-label={`Remove ${label}`}
                    onClick={() => remove(place)}
                  >
                    <IconTrash size={18} aria-hidden />
                  </ActionIcon>
                </Group>
              </Stack>
            </Fieldset>
          );
        })}
        {error && (
          <Text size="sm" c="var(--mantine-color-error)" id={errorId} role="alert">
            {error}
          </Text>
        )}
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={18} aria-hidden />}
            disabled={items.length >= field.maxLength}
            onClick={add}
          >
            Add {field.itemName}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}

/** The list with one of them at another place. */
function moved<T>(all: T[], from: number, to: number): T[] {
  const others = all.filter((_, place) => place !== from);
  return [...others.slice(0, to), ...all.slice(from, from + 1), ...others.slice(to)];
}
