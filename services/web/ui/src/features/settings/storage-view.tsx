import { createElement, useMemo, type ReactNode } from "react";
import classes from "./settings.module.css";

/** The elements that are drawn, as the page has them; of all others only what stands in them. */
const DRAWN = new Set(
  "h1 h2 h3 h4 h5 h6 p table thead tbody tr th td ul ol li strong em u s code pre blockquote br hr".split(
    " ",
  ),
);
/** What these hold is nothing that people read. */
const HIDDEN = new Set(["ac:parameter", "script", "style", "template", "iframe", "object"]);
const IMAGE = "ri:attachment";
/** The frame of a panel. */
const PANEL = "ac:rich-text-body";

/**
 * A body in Confluence's storage format, near enough to what Confluence shows.
 *
 * Nothing of it gets into the page as it is: elements are made anew from a list of names, without any attribute.
 */
export function StorageView({ body }: { body: string }) {
  const drawn = useMemo(() => children(parse(body).body), [body]);
  return <div className={classes.document}>{drawn}</div>;
}

function parse(body: string): Document {
  // A document of its own, in which nothing runs and nothing is loaded. There, what closes itself would go on.
  const closed = body.replace(/<((?:ac|ri):[\w-]+)((?:"[^"]*"|'[^']*'|[^"'<>])*)\/>/g, "<$1$2></$1>");
  return new DOMParser().parseFromString(closed, "text/html");
}

function children(node: Node): ReactNode[] {
  return Array.from(node.childNodes, (child, index) => drawnNode(child, index));
}

function drawnNode(node: Node, key: number): ReactNode {
  if (node instanceof Text) return node.data;
  if (!(node instanceof Element)) return null;
  const name = node.localName.toLowerCase();
  if (HIDDEN.has(name)) return null;
  if (name === IMAGE) return <em key={key}>[{node.getAttribute("ri:filename")}]</em>;
  if (name === PANEL) {
    return (
      <div key={key} className={classes.panel}>
        {children(node)}
      </div>
    );
  }
  if (name === "br" || name === "hr") return createElement(name, { key });
  if (DRAWN.has(name)) return createElement(name, { key }, ...content(name, node));
  if (name === "a") {
    return (
      <span key={key} className={classes.link}>
        {children(node)}
      </span>
    );
  }
  return <span key={key}>{children(node)}</span>;
}

/** Between rows and cells only rows and cells stand. */
function content(name: string, node: Node): ReactNode[] {
  const isTable = ["table", "thead", "tbody", "tr"].includes(name);
  return isTable ? children(node).filter((child) => typeof child !== "string") : children(node);
}
