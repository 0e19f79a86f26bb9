import { useLocalStorage } from "@mantine/hooks";

/** Whether the key C opens the form. A key alone can be pressed by mistake, or by voice, so it can be switched off. */
export function useDeclareShortcut() {
  return useLocalStorage({
    key: "incident-bot-shortcut-c",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
}
