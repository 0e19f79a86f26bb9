//! Text of people taken apart as Slack would show it: addresses are links, and their signs for style mean something.

/// Styles are looked for within styles; there are three.
const MAX_DEPTH: usize = 3;
/// A sentence's own signs after an address are not part of it.
const SENTENCE_END: [char; 11] = ['.', ',', ':', ';', '!', '?', '\'', '’', '*', '_', '~'];

/// A piece of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it was typed.
    Text(&'a str),
    /// Typed between backticks.
    Code(&'a str),
    /// An address that begins with `http://` or `https://`.
    Link(&'a str),
    /// Typed between two signs for style.
    Styled(Style, Vec<Piece<'a>>),
}

/// What a sign for style means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Bold,
    Italic,
    Strike,
}

/// The lines of a text, each in its pieces.
pub(super) fn lines(text: &str) -> Vec<Vec<Piece<'_>>> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    for piece in pieces(text, 0) {
        let (whole, is_code) = match piece {
            Piece::Text(text) => (text, false),
            Piece::Code(code) => (code, true),
            piece => {
                line.push(piece);
                continue;
            }
        };
        for (index, part) in whole.split('\n').enumerate() {
            if index > 0 {
                lines.push(std::mem::take(&mut line));
            }
            if !part.is_empty() {
                line.push(if is_code { Piece::Code(part) } else { Piece::Text(part) });
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn pieces(text: &str, depth: usize) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let Some((piece, length)) = marked_up(text, at, depth) else {
            at += c.len_utf8();
            continue;
        };
        if plain < at {
            pieces.push(Piece::Text(&text[plain..at]));
        }
        pieces.push(piece);
        at += length;
        plain = at;
    }
    if plain < text.len() {
        pieces.push(Piece::Text(&text[plain..]));
    }
    pieces
}

/// What is more than text and begins here, and how many bytes it takes.
fn marked_up(text: &str, at: usize, depth: usize) -> Option<(Piece<'_>, usize)> {
    let rest = &text[at..];
    if let Some(after) = rest.strip_prefix("```")
        && let Some(end) = after.find("```").filter(|end| *end > 0)
    {
        let code = &after[..end];
        let code = code.strip_prefix('\n').unwrap_or(code);
        return Some((Piece::Code(code.strip_suffix('\n').unwrap_or(code)), end + 6));
    }
    let before = text[..at].chars().next_back();
    let sign = rest.chars().next()?;
    let style = match sign {
        '`' => {
            let code = until(&rest[1..], '`')?;
            return Some((Piece::Code(code), code.len() + 2));
        }
        'h' if !before.is_some_and(char::is_alphanumeric) => {
            let address = address(rest)?;
            return Some((Piece::Link(address), address.len()));
        }
        '*' => Style::Bold,
        '_' => Style::Italic,
        '~' => Style::Strike,
        _ => return None,
    };
    let inner = until(&rest[1..], sign)?;
    let after = rest[inner.len() + 2..].chars().next();
    let is_within = before.is_some_and(joins) || after.is_some_and(joins);
    let is_spaced = inner.starts_with(char::is_whitespace) || inner.ends_with(char::is_whitespace);
    if depth >= MAX_DEPTH || is_within || is_spaced {
        return None;
    }
    Some((Piece::Styled(style, pieces(inner, depth + 1)), inner.len() + 2))
}

/// What stands before the next such sign of the same line, where it is something.
fn until(rest: &str, sign: char) -> Option<&str> {
    let end = rest.find([sign, '\n'])?;
    (end > 0 && rest[end..].starts_with(sign)).then(|| &rest[..end])
}

/// Whether a sign for style beside this one means nothing.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '*' | '_' | '~' | '/')
}

/// The address that a text begins with.
fn address(text: &str) -> Option<&str> {
    let mut schemes = ["https://", "http://"].into_iter();
    let scheme = schemes.find(|scheme| text.starts_with(*scheme))?;
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '“' | '”' | '`');
    let whole = &text[..text.find(ends).unwrap_or(text.len())];
    let mut address = whole.trim_end_matches(SENTENCE_END);
    while !address.contains('(')
        && let Some(shorter) = address.strip_suffix(')')
    {
        address = shorter.trim_end_matches(SENTENCE_END);
    }
    let host = address.strip_prefix(scheme)?;
    host.starts_with(char::is_alphanumeric).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::Piece::{Code, Link, Styled, Text};
    use super::*;

    #[test]
    fn what_is_meant_as_link_or_style_is_one() {
        let bold = Styled(Style::Bold, vec![Text("bold")]);
        let italic = Styled(Style::Italic, vec![Text("it")]);
        assert_eq!(
            lines("look https://status.example.com/a?b=1&c=2 *bold* _it_."),
            [[
                Text("look "),
                Link("https://status.example.com/a?b=1&c=2"),
                Text(" "),
                bold,
                Text(" "),
                italic,
                Text("."),
            ]]
        );
        let inner = vec![Text("see "), Link("http://a.example/x_y")];
        assert_eq!(lines("*see http://a.example/x_y*"), [[Styled(Style::Bold, inner)]]);
        assert_eq!(
            lines("“https://a.example/(b)”, dash (https://a.example/)."),
            [[
                Text("“"),
                Link("https://a.example/(b)"),
                Text("”, dash ("),
                Link("https://a.example/"),
                Text(")."),
            ]]
        );
    }

    #[test]
    fn code_has_no_style() {
        assert_eq!(lines("`rm *a*`"), [[Code("rm *a*")]]);
        assert_eq!(
            lines("log:\n```\n*a*\n\nhttps://a.example\n```\nend\n"),
            [
                vec![Text("log:")],
                vec![Code("*a*")],
                vec![],
                vec![Code("https://a.example")],
                vec![Text("end")],
            ]
        );
    }

    #[test]
    fn what_is_no_markup_stays_as_it_was_typed() {
        for typed in [
            "2 * 3 * 4",
            "snake_case_name",
            "a*b*c",
            "* not bold*",
            "**",
            "_",
            "``` open",
            "https://",
            "javascript:alert(1)",
            "xhttps://a.example",
            "🔥 *",
        ] {
            assert_eq!(lines(typed), [[Text(typed)]]);
        }
        assert!(lines("").is_empty());
    }
}
