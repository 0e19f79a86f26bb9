import { Button, Kbd, Tooltip, type ButtonProps } from "@mantine/core";
import { IconFlag } from "@tabler/icons-react";
import { useMayAct } from "../auth/session";
import { useDeclare } from "./declare-context";
import classes from "./declare-button.module.css";
import { useDeclareShortcut } from "./shortcut";

/** Opens the form; not there for those who may not declare. */
export function DeclareButton(props: ButtonProps) {
  const declare = useDeclare();
  const [hasShortcut] = useDeclareShortcut();
  if (!useMayAct()) return null;
  return (
    <Tooltip
      disabled={!hasShortcut}
      label={
        <>
          or press <Kbd size="xs">C</Kbd>
        </>
      }
    >
      <Button
        leftSection={<IconFlag size={18} aria-hidden />}
        onClick={declare.open}
        aria-keyshortcuts={hasShortcut ? "c" : undefined}
        {...props}
      >
        Declare <span className={classes.more}>incident</span>
      </Button>
    </Tooltip>
  );
}
