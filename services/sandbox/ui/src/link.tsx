/** Links: those into the sandbox stay on this page and with the same person. */

import type { ReactNode } from "react";

interface Props {
  href: string;
  className?: string;
  onClick?: () => void;
  children: ReactNode;
}

export function Link({ href, className, onClick, children }: Props) {
  const inside = ownAddress(href);
  // Only what a browser may safely open becomes a link.
  if (inside === null && !/^(https?|mailto|tel):/i.test(href)) {
    return <span className={className}>{children}</span>;
  }
  return (
    <a
      href={inside ?? href}
      className={className}
      onClick={onClick}
      {...(inside === null ? { target: "_blank", rel: "noreferrer" } : {})}
    >
      {children}
    </a>
  );
}

/** The address here of a channel or message of this workspace, kept with who acts. */
function ownAddress(href: string): string | null {
  const match =
    /\/archives\/([CD][A-Z0-9]+)(\/p\d+)?/.exec(href) ??
    /app_redirect\?.*channel=([CD][A-Z0-9]+)/.exec(href) ??
    /slack\.com\/client\/[A-Z0-9]+\/([CD][A-Z0-9]+)/.exec(href) ??
    /^slack:\/\/channel\?.*id=([CD][A-Z0-9]+)/.exec(href);
  if (match === null) {
    return null;
  }
  return `/archives/${match[1] ?? ""}${match[2] ?? ""}${window.location.search}`;
}
