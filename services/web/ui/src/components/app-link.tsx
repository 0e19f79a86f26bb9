import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type LinkProps<P> = P &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: Ref<HTMLAnchorElement> };

/** A link to a page of the console. */
export const AppLink = createLink((props: LinkProps<AnchorProps>) => <Anchor {...props} />);

/** The same, drawn as a button. */
export const AppLinkButton = createLink((props: LinkProps<ButtonProps>) => (
  <Button component="a" {...props} />
));
