import { Button, Kbd, Tooltip, type ButtonProps } from "@mantine/core";
import { IconFlag } from "@tabler/icons-react";
import { useMayAct } from "../auth/session";
import { useDeclare } from "./declare-context";

/** Opens the form; not there for those who may not declare. */
export function DeclareButton(props: ButtonProps) {
  const declare = useDeclare();
  if (!useMayAct()) return null;
  return (
    <Tooltip
      label={
        <>
          or press <Kbd size="xs">C</Kbd>
        </>
      }
    >
      <Button
        leftSection={<IconFlag size={18} aria-hidden />}
        onClick={declare.open}
        aria-keyshortcuts="c"
        {...props}
      >
        Declare incident
      </Button>
    </Tooltip>
  );
}
