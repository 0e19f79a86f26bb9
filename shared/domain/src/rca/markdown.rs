//! The document as Markdown.

use std::fmt::Write;

use super::document::Document;
use super::rich::{Piece, Style, lines};

/// The document as Markdown.
pub fn markdown(document: &Document) -> String {
    let mut text = format!("# {}\n\n", inline(&document.title));
    text.push_str(&paragraphs(&document.description));
    heading(&mut text, "What happened");
    let mut facts: Vec<_> = document
        .facts()
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), cell(&value)])
        .collect();
    facts.push(vec!["Declared by".to_owned(), cell(&document.declared_by.name)]);
    table(&mut text, &["What", ""], facts);
    heading(&mut text, "Roles");
    let roles = document.roles.iter().map(|role| {
        let holder = role.holder.as_ref().map_or("nobody", |holder| &holder.name);
        vec![cell(&role.label), cell(holder)]
    });
    table(&mut text, &["Role", "Who"], roles.collect());
    for (title, hint) in TO_FILL {
        heading(&mut text, title);
        let _ = writeln!(text, "*{hint}*");
    }
    heading(&mut text, "Timeline");
    let time = format!("Time ({})", document.zone.name());
    let entries = document
        .timeline
        .iter()
        .map(|entry| vec![document.time(entry.at), cell(&entry.who), rich_cell(&entry.what)]);
    table(&mut text, &[&time, "Who", "What"], entries.collect());
    heading(&mut text, "Pinned messages");
    pins(&mut text, document);
    heading(&mut text, "Updates sent");
    let updates = document.updates.iter().map(|update| {
        let (by, resources, message) = (cell(&update.by), cell(&update.resources), rich_cell(&update.message));
        vec![document.time(update.at), by, resources, message]
    });
    table(&mut text, &["Time", "Sent by", "Affected", "Update"], updates.collect());
    heading(&mut text, "Pages");
    let pages = document.pages.iter().map(|page| {
        let (team, by) = (cell(&page.team), cell(&page.by));
        vec![
            document.time(page.at),
            team,
            by,
            rich_cell(&page.message),
            cell(&page.state),
        ]
    });
    table(
        &mut text,
        &["Time", "Team", "Paged by", "Message", "Outcome"],
        pages.collect(),
    );
    heading(&mut text, "Links");
    for link in document.links.all() {
        let _ = writeln!(
            text,
            "- {}: <{}>",
            inline(&link.label),
            link.address.replace(['<', '>'], "")
        );
    }
    text
}

/// What people write themselves.
pub(super) const TO_FILL: [(&str, &str); 5] = [
    (
        "Impact",
        "Who was affected, how badly and for how long? What did they see?",
    ),
    (
        "Root cause",
        "What broke and why? What made it possible, and what would have detected it sooner?",
    ),
    ("What went well", "What helped to detect, understand and fix it?"),
    ("What went badly", "What was slow, missing or in the way?"),
    (
        "Follow-ups",
        "What makes it less likely or less severe? Who does it, by when?",
    ),
];

fn heading(text: &mut String, title: &str) {
    let _ = write!(text, "\n## {title}\n\n");
}

fn table(text: &mut String, heads: &[&str], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        text.push_str("None.\n");
        return;
    }
    let _ = writeln!(text, "| {} |", heads.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(heads.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

fn pins(text: &mut String, document: &Document) {
    if document.pins.is_empty() {
        text.push_str("None.\n");
    }
    for pin in &document.pins {
        let at = pin.at.map(|at| format!(" · {}", document.time(at))).unwrap_or_default();
        let by = match pin.pinned_by.as_str() {
            "" => String::new(),
            by => format!(" · pinned by {}", inline(by)),
        };
        let _ = write!(text, "**{}**{at}{by}\n\n", inline(&pin.author));
        for line in lines(&pin.text) {
            let _ = writeln!(text, "> {}  ", begin_of_line(&marked_up(&line)));
        }
        if !pin.text.is_empty() {
            text.push('\n');
        }
        for image in &pin.images {
            let _ = write!(text, "*Image, in Slack: {}*\n\n", inline(&image.name));
        }
    }
}

fn paragraphs(text: &str) -> String {
    let lines = lines(text);
    let lines = lines.iter().map(|line| match marked_up(line).trim() {
        "" => "\n".to_owned(),
        line => format!("{}  \n", begin_of_line(line)),
    });
    lines.collect()
}

/// Text of people in a line: none of its characters means anything.
fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\t' => escaped.push(' '),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A line of people's text with the links and the style that they meant.
fn marked_up(pieces: &[Piece<'_>]) -> String {
    let pieces = pieces.iter().map(|piece| match piece {
        // In a cell of a table code cannot hold a bar as it is.
        Piece::Code(code) if !code.contains(['`', '|']) => {
            let code: String = code.chars().filter(|c| !c.is_control()).collect();
            format!("`{code}`")
        }
        Piece::Text(text) | Piece::Code(text) => inline(text),
        Piece::Link(address) => format!("<{}>", address.replace('|', "%7C")),
        Piece::Styled(Style::Bold, inner) => format!("**{}**", marked_up(inner)),
        Piece::Styled(Style::Italic, inner) => format!("*{}*", marked_up(inner)),
        Piece::Styled(Style::Strike, inner) => format!("~~{}~~", marked_up(inner)),
    });
    pieces.collect()
}

/// A line that begins with what would make a list, a heading or code of it, if it were not for this.
fn begin_of_line(line: &str) -> String {
    let line = line.trim_start();
    if line.starts_with(['-', '+', '=']) {
        return format!("\\{line}");
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && line[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    line.to_owned()
}

/// Text of people in a cell of a table.
fn cell(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(inline).collect();
    lines.join("<br>")
}

/// Text of people in a cell of a table, with the links and the style that they meant.
fn rich_cell(text: &str) -> String {
    let lines: Vec<_> = lines(text).iter().map(|line| marked_up(line)).collect();
    lines.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{document, odd};
    use super::*;

    #[test]
    fn the_document() {
        insta::assert_snapshot!(markdown(&document()));
    }

    #[test]
    fn odd_text_stays_text() {
        insta::assert_snapshot!(markdown(&odd()));
    }

    #[test]
    fn links_and_style_are_shown() {
        assert_eq!(
            rich_cell("https://a.example/?b=1&c=2|3 *bo&ld* _it_ ~gone~\n`<b>` `a|b`"),
            "<https://a.example/?b=1&c=2%7C3> **bo\\&ld** *it* ~~gone~~<br>`<b>` a\\|b"
        );
    }

    #[test]
    fn a_line_that_looks_like_a_list_is_none() {
        assert_eq!(
            paragraphs("- one\n1. two\n\n=== # three"),
            "\\- one  \n1\\. two  \n\n\\=== \\# three  \n"
        );
    }
}
