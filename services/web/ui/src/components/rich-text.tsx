import { Anchor, Code } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import { parseRichText, type Piece } from "./rich-text-parse";

/**
 * Text of people as they meant it: addresses are links, and Slack's markup is shown, not spelled out. Everything goes
 * through React, so that nothing of it can become part of the page.
 */
export function RichText({ text }: { text: string }) {
  return <>{show(parseRichText(text))}</>;
}

function show(pieces: Piece[]): ReactNode {
  return pieces.map((piece, index) => <Fragment key={index}>{one(piece)}</Fragment>);
}

function one(piece: Piece): ReactNode {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "link":
      return (
        <Anchor
          href={piece.url}
          target="_blank"
          rel="noopener noreferrer"
          title={piece.url}
          inherit
          underline="always"
        >
          {piece.label}
        </Anchor>
      );
    case "mention":
      return <b>{piece.text}</b>;
    case "code":
      return <Code>{piece.text}</Code>;
    case "block":
      return <Code block>{piece.text}</Code>;
    case "bold":
      return <strong>{show(piece.pieces)}</strong>;
    case "italic":
      return <em>{show(piece.pieces)}</em>;
    case "strike":
      return <s>{show(piece.pieces)}</s>;
  }
}
