//! The document in Confluence's storage format.

use super::document::{Document, Link, Person};
use super::sections::{LIVE, anchor, bracketed, marker};
use super::template::{Piece, pieces};
use super::xml::{escape, joined, rich};

/// The body of the page, from a template that was checked.
pub fn storage(document: &Document, template: &str) -> String {
    // One that was never checked is shown as it is rather than not at all.
    let pieces = pieces(template).unwrap_or_else(|_| vec![Piece::Text(template)]);
    let mut body = marker(&anchor(document.incident));
    for piece in pieces {
        match piece {
            Piece::Text(text) => body.push_str(text),
            Piece::Placeholder(name) => body.push_str(&filled(document, name)),
        }
    }
    body
}

/// What a placeholder becomes. One that nothing is known of becomes nothing.
fn filled(document: &Document, name: &str) -> String {
    if LIVE.contains(&name) {
        return bracketed(name, 1, &block(document, name));
    }
    let link = |link: &Option<Link>| link.as_ref().map(|link| escape(&link.address)).unwrap_or_default();
    match name {
        "title" => escape(&document.title),
        "incident_id" => document.incident.to_string(),
        "severity" => escape(&document.severity),
        "severity_definition" => escape(&document.severity_definition),
        "status" => escape(&document.status),
        "declared_at" => document.time(document.declared_at),
        "identified_at" => document.maybe_time(document.identified_at),
        "resolved_at" => document.maybe_time(document.resolved_at),
        "duration" => document.duration(),
        "time_zone" => escape(document.zone.name()),
        "channel_link" => link(&document.links.channel),
        "console_link" => link(&document.links.console),
        "declared_by" => person(&document.declared_by),
        "description" => paragraphs(&document.description),
        "links" => links(document),
        _ => String::new(),
    }
}

/// What is kept true on the page: a block by its name.
pub(super) fn block(document: &Document, name: &str) -> String {
    match name {
        "facts" => facts(document),
        "roles" => roles(document),
        "timeline" => timeline(document),
        "pins" => pins(document),
        "updates" => updates(document),
        "pages" => pages(document),
        _ => String::new(),
    }
}

fn person(person: &Person) -> String {
    match &person.account {
        Some(account) => format!("<ac:link><ri:user ri:account-id=\"{}\" /></ac:link>", escape(account)),
        None => escape(&person.name),
    }
}

fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    joined(paragraphs.map(|text| format!("<p>{}</p>", rich(text))))
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let heads = joined(heads.iter().map(|head| format!("<th><p>{}</p></th>", escape(head))));
    let rows = joined(rows.map(|cells| {
        let cells = joined(cells.into_iter().map(|cell| format!("<td><p>{cell}</p></td>")));
        format!("<tr>{cells}</tr>")
    }));
    format!("<table><tbody><tr>{heads}</tr>{rows}</tbody></table>")
}

fn nothing(sentence: &str) -> String {
    format!("<p>{sentence}</p>")
}

fn facts(document: &Document) -> String {
    let row = |name: &str, cell: String| format!("<tr><th><p>{name}</p></th><td><p>{cell}</p></td></tr>");
    let facts = document
        .facts()
        .into_iter()
        .map(|(name, value)| row(name, escape(&value)));
    let declared_by = row("Declared by", person(&document.declared_by));
    let rows = joined(facts.chain([declared_by]));
    format!("<table><tbody>{rows}</tbody></table>")
}

fn roles(document: &Document) -> String {
    if document.roles.is_empty() {
        return nothing("There are no roles.");
    }
    let rows = document.roles.iter().map(|role| {
        let holder = role.holder.as_ref().map_or("nobody".to_owned(), person);
        vec![escape(&role.label), holder]
    });
    table(&["Role", "Who"], rows)
}

fn timeline(document: &Document) -> String {
    let time = format!("Time ({})", document.zone.name());
    let rows = document
        .timeline
        .iter()
        .map(|entry| vec![document.time(entry.at), escape(&entry.who), rich(&entry.what)]);
    table(&[&time, "Who", "What"], rows)
}

fn pins(document: &Document) -> String {
    if document.pins.is_empty() {
        return nothing("No messages were pinned.");
    }
    let pins = document.pins.iter().map(|pin| {
        let at = pin.at.map(|at| format!(" · {}", document.time(at))).unwrap_or_default();
        let by = match pin.pinned_by.as_str() {
            "" => String::new(),
            by => format!(" · pinned by {}", escape(by)),
        };
        let text = paragraphs(&pin.text);
        let text = if text.is_empty() {
            text
        } else {
            format!("<blockquote>{text}</blockquote>")
        };
        let images = pin.images.iter().map(|image| {
            format!(
                "<p><ac:image ac:alt=\"{}\"><ri:attachment ri:filename=\"{}\" /></ac:image></p>",
                escape(&image.name),
                escape(&image.file)
            )
        });
        format!(
            "<p><strong>{}</strong>{at}{by}</p>{text}{}",
            escape(&pin.author),
            images.collect::<String>()
        )
    });
    pins.collect()
}

fn updates(document: &Document) -> String {
    if document.updates.is_empty() {
        return nothing("No updates were sent.");
    }
    let rows = document.updates.iter().map(|update| {
        vec![
            document.time(update.at),
            escape(&update.by),
            escape(&update.resources),
            rich(&update.message),
        ]
    });
    table(&["Time", "Sent by", "Affected", "Update"], rows)
}

fn pages(document: &Document) -> String {
    if document.pages.is_empty() {
        return nothing("Nobody was paged.");
    }
    let rows = document.pages.iter().map(|page| {
        vec![
            document.time(page.at),
            escape(&page.team),
            escape(&page.by),
            rich(&page.message),
            escape(&page.state),
        ]
    });
    table(&["Time", "Team", "Paged by", "Message", "Outcome"], rows)
}

fn links(document: &Document) -> String {
    let mut links = document.links.all().peekable();
    if links.peek().is_none() {
        return nothing("There are none.");
    }
    let link = |link: &Link| {
        format!(
            "<li><p><a href=\"{}\">{}</a></p></li>",
            escape(&link.address),
            escape(&link.label)
        )
    };
    format!("<ul>{}</ul>", links.map(link).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{document, odd};
    use super::super::xml::Storage;
    use super::super::{DEFAULT_TEMPLATE, PLACEHOLDERS};
    use super::*;

    #[test]
    fn the_default_page() {
        insta::assert_snapshot!(storage(&document(), DEFAULT_TEMPLATE));
    }

    #[test]
    fn odd_text_stays_text() {
        let body = storage(&odd(), DEFAULT_TEMPLATE);
        Storage::new(&body).parse().unwrap();
        assert!(!body.contains("<ac:macro") && !body.contains("]]>"), "{body}");
        insta::assert_snapshot!(storage(
            &odd(),
            "<p title=\"{{title}}\">{{title}}</p>{{description}}{{pins}}"
        ));
    }

    #[test]
    fn what_is_long_fits() {
        let long = Document {
            description: "&".repeat(3_000),
            timeline: vec![document().timeline[0].clone(); 5_000],
            ..document()
        };
        let body = storage(&long, DEFAULT_TEMPLATE);
        Storage::new(&body).parse().unwrap();
        assert!(body.len() < 5 << 20, "{}", body.len());
    }

    #[test]
    fn an_empty_incident_has_no_empty_tables() {
        let empty = Document {
            roles: Vec::new(),
            pins: Vec::new(),
            updates: Vec::new(),
            links: super::super::Links::default(),
            resolved_at: None,
            identified_at: None,
            ..document()
        };
        let all = PLACEHOLDERS.iter().map(|(name, _)| format!("\n{name}: {{{{{name}}}}}"));
        insta::assert_snapshot!(storage(&empty, &all.collect::<String>()));
    }
}
