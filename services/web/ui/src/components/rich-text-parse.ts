/** A piece of a text of people. */
export type Piece =
  | { kind: "text"; text: string }
  | { kind: "link"; url: string; label: string }
  | { kind: "mention"; text: string }
  | { kind: "code"; text: string }
  | { kind: "block"; text: string }
  | { kind: "bold" | "italic" | "strike"; pieces: Piece[] };

const STYLES = { "*": "bold", _: "italic", "~": "strike" } as const;

/** What may begin a piece: code, an angle bracket of Slack, an address, or one of its signs for style. */
const NEXT = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(https?:\/\/[^\s<>"“”]+)|([*_~])/i;
/** Before and after a sign for style stands no letter, digit, or sign. */
const WORD = /[\p{L}\p{N}*_~/]/u;
/** The depth to which styles are looked for within styles; there are three. */
const MAX_DEPTH = 3;

/** Takes a text apart as Slack would. What is no markup stays as it is. */
export function parseRichText(text: string, depth = 0): Piece[] {
  const pieces: Piece[] = [];
  let plain = "";
  let rest = text;
  const add = (piece: Piece) => {
    if (plain !== "") pieces.push({ kind: "text", text: unescape(plain) });
    plain = "";
    pieces.push(piece);
  };
  for (;;) {
    const found = NEXT.exec(rest);
    if (!found) break;
    const [whole, block, code, bracket, address, sign] = found;
    const before = (plain + rest.slice(0, found.index)).at(-1);
    plain += rest.slice(0, found.index);
    let taken = whole.length;
    if (block !== undefined) add({ kind: "block", text: unescape(block.replace(/^\n|\n$/g, "")) });
    else if (code !== undefined) add({ kind: "code", text: unescape(code) });
    else if (bracket !== undefined) {
      const piece = inBrackets(bracket);
      if (piece) add(piece);
      else plain += whole;
    } else if (address !== undefined) {
      const url = withoutEnd(address);
      const piece = link(url, url);
      if (piece) add(piece);
      else plain += url;
      taken = url.length;
    } else if (sign === "*" || sign === "_" || sign === "~") {
      const inner = depth < MAX_DEPTH ? styled(rest.slice(found.index + 1), sign, before) : undefined;
      if (inner === undefined) plain += sign;
      else {
        add({ kind: STYLES[sign], pieces: parseRichText(inner, depth + 1) });
        taken = inner.length + 2;
      }
    }
    rest = rest.slice(found.index + taken);
  }
  plain += rest;
  if (plain !== "") pieces.push({ kind: "text", text: unescape(plain) });
  return pieces;
}

/** What stands between a sign for style and the next one on the same line, if the two belong together. */
function styled(after: string, sign: string, before: string | undefined): string | undefined {
  if (before !== undefined && WORD.test(before)) return undefined;
  const end = after.split("\n", 1)[0]?.indexOf(sign) ?? -1;
  if (end <= 0) return undefined;
  const inner = after.slice(0, end);
  const next = after.at(end + 1);
  if (/^\s|\s$/.test(inner) || (next !== undefined && WORD.test(next))) return undefined;
  return inner;
}

/** What Slack means by `<…>`: a link, somebody, a channel, a group, everybody, a time. */
function inBrackets(text: string): Piece | undefined {
  const [target, label] = split(text, "|");
  if (/^@[UW][A-Z0-9]+$/.test(target)) return mention(label ?? target, "@");
  if (/^#[CG][A-Z0-9]+$/.test(target)) return mention(label ?? target, "#");
  if (target.startsWith("!subteam^")) return mention(label ?? "a group", "@");
  if (target.startsWith("!date^"))
    return label === undefined ? undefined : { kind: "text", text: unescape(label) };
  if (/^!(channel|here|everyone)$/.test(target)) return mention(label ?? target.slice(1), "@");
  return link(target, label ?? target.replace(/^mailto:/i, ""));
}

function mention(name: string, sign: "@" | "#"): Piece {
  const text = unescape(name);
  return { kind: "mention", text: text.startsWith(sign) ? text : sign + text };
}

/** A link to an address that a browser may open; nothing where it is none. */
function link(target: string, label: string): Piece | undefined {
  const address = unescape(target);
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return undefined;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  const shown = unescape(label).trim();
  return { kind: "link", url: url.href, label: shown === "" || pretends(shown, url) ? address : shown };
}

/** Whether a label looks like an address, and the link leads elsewhere. */
function pretends(label: string, url: URL): boolean {
  const host = /^(?:https?:\/\/)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?#]|$)/i.exec(label)?.[1]?.toLowerCase();
  if (host === undefined || url.protocol === "mailto:") return false;
  return host.replace(/^www\./, "") !== url.hostname.replace(/^www\./, "");
}

/** A sentence's own signs after an address are not part of it. */
function withoutEnd(address: string): string {
  let end = address.replace(/[.,:;!?'’»*_~]+$/, "");
  while (end.endsWith(")") && !end.includes("(")) end = end.slice(0, -1).replace(/[.,:;!?]+$/, "");
  return end;
}

/** Slack sends these three escaped. */
function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function split(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
