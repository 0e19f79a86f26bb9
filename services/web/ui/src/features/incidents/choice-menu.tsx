import { Button, Loader, Menu, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";

export interface Choice {
  key: string;
  label: string;
  emoji?: string;
  description?: string;
  /** What follows at once from choosing it. */
  note?: string;
}

interface ChoiceMenuProps {
  /** What is chosen, such as “Severity”. */
  name: string;
  choices: Choice[];
  current: Choice;
  /** How the current one is shown, where its label is not enough. */
  shown?: string;
  /** Key of the one that is being set. */
  pending: string | undefined;
  onChoose: (key: string) => void;
}

/** A button that shows what is and opens the choice of what else it can be. */
export function ChoiceMenu({ name, choices, current, shown, pending, onChoose }: ChoiceMenuProps) {
  // One that was removed from the settings is still offered where it is what the incident has.
  const all = choices.some(({ key }) => key === current.key) ? choices : [...choices, current];
  const next = pending === undefined ? undefined : all.find(({ key }) => key === pending);
  const label = next ? `${next.label}…` : (shown ?? current.label);
  return (
    <Menu
      position="bottom-start"
      shadow="md"
      width={300}
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <Button
          variant="default"
          size="sm"
          px="sm"
          rightSection={
            next ? <Loader size={14} color="gray" aria-hidden /> : <IconChevronDown size={16} aria-hidden />
          }
          aria-label={`${name}: ${label}`}
          aria-busy={next !== undefined}
        >
          <Square of={next ?? current} />
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label={name}>
        <Menu.RadioGroup
          value={current.key}
          onChange={(key) => {
            if (key !== current.key && pending === undefined) onChoose(key);
          }}
        >
          {all.map((choice) => (
            <Menu.RadioItem key={choice.key} value={choice.key} closeMenuOnClick>
              <Text component="span" size="sm" fw={600}>
                <Square of={choice} />
                {choice.label}
              </Text>
              {choice.description && (
                <Text size="xs" c="dimmed">
                  {choice.description}
                </Text>
              )}
              {choice.note && (
                <Text size="xs" fw={600}>
                  {choice.note}
                </Text>
              )}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

function Square({ of: { emoji } }: { of: Choice }) {
  return emoji ? (
    <span aria-hidden style={{ marginInlineEnd: 6 }}>
      {emoji}
    </span>
  ) : null;
}
