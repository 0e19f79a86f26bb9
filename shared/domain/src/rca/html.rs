//! The document as a page of its own.

use std::fmt::Write;

use super::document::Document;
use super::markdown::TO_FILL;
use super::xml::{escape, joined, rich};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1c1c1c}\
    table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccc;padding:.3em .6em;text-align:start;vertical-align:top}\
    th{background:#f4f4f4}blockquote{margin:.5em 0;padding:.1em 1em;border-inline-start:4px solid #ccc}h2{margin-top:2em}";

/// The document as a page of its own.
pub fn html(document: &Document) -> String {
    let title = escape(&document.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1 dir=\"auto\">{title}</h1>\n"
    );
    page.push_str(&paragraphs(&document.description));
    page.push_str("<h2>What happened</h2>\n<table>\n");
    let declared_by = ("Declared by", document.declared_by.name.clone());
    for (name, value) in document.facts().into_iter().chain([declared_by]) {
        let _ = writeln!(page, "<tr><th>{name}</th><td dir=\"auto\">{}</td></tr>", escape(&value));
    }
    page.push_str("</table>\n");
    let roles = document.roles.iter().map(|role| {
        let holder = role.holder.as_ref().map_or("nobody", |holder| &holder.name);
        vec![escape(&role.label), escape(holder)]
    });
    table(&mut page, "Roles", &["Role", "Who"], roles.collect());
    for (title, hint) in TO_FILL {
        let _ = writeln!(page, "<h2>{title}</h2>\n<p><em>{hint}</em></p>");
    }
    let time = format!("Time ({})", document.zone.name());
    let entries = document
        .timeline
        .iter()
        .map(|entry| vec![document.time(entry.at), escape(&entry.who), rich(&entry.what)]);
    table(&mut page, "Timeline", &[&time, "Who", "What"], entries.collect());
    pins(&mut page, document);
    let updates = document.updates.iter().map(|update| {
        let (by, resources) = (escape(&update.by), escape(&update.resources));
        vec![document.time(update.at), by, resources, rich(&update.message)]
    });
    table(
        &mut page,
        "Updates sent",
        &["Time", "Sent by", "Affected", "Update"],
        updates.collect(),
    );
    let pages = document.pages.iter().map(|page| {
        let (team, by, state) = (escape(&page.team), escape(&page.by), escape(&page.state));
        vec![document.time(page.at), team, by, rich(&page.message), state]
    });
    let heads = ["Time", "Team", "Paged by", "Message", "Outcome"];
    table(&mut page, "Pages", &heads, pages.collect());
    page.push_str("<h2>Links</h2>\n<ul>\n");
    for link in document.links.all() {
        let _ = writeln!(
            page,
            "<li><a href=\"{}\">{}</a></li>",
            escape(&link.address),
            escape(&link.label)
        );
    }
    page.push_str("</ul>\n</body>\n</html>\n");
    page
}

fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    joined(paragraphs.map(|text| format!("<p dir=\"auto\">{}</p>\n", rich(text))))
}

fn table(page: &mut String, title: &str, heads: &[&str], rows: Vec<Vec<String>>) {
    let _ = writeln!(page, "<h2>{title}</h2>");
    if rows.is_empty() {
        page.push_str("<p>None.</p>\n");
        return;
    }
    let heads = joined(heads.iter().map(|head| format!("<th>{}</th>", escape(head))));
    let _ = writeln!(page, "<table>\n<tr>{heads}</tr>");
    for row in rows {
        let cells = joined(row.into_iter().map(|cell| format!("<td dir=\"auto\">{cell}</td>")));
        let _ = writeln!(page, "<tr>{cells}</tr>");
    }
    page.push_str("</table>\n");
}

fn pins(page: &mut String, document: &Document) {
    page.push_str("<h2>Pinned messages</h2>\n");
    if document.pins.is_empty() {
        page.push_str("<p>None.</p>\n");
    }
    for pin in &document.pins {
        let at = pin.at.map(|at| format!(" · {}", document.time(at))).unwrap_or_default();
        let by = match pin.pinned_by.as_str() {
            "" => String::new(),
            by => format!(" · pinned by {}", escape(by)),
        };
        let _ = writeln!(
            page,
            "<p dir=\"auto\"><strong>{}</strong>{at}{by}</p>",
            escape(&pin.author)
        );
        if !pin.text.is_empty() {
            let _ = writeln!(page, "<blockquote>{}</blockquote>", paragraphs(&pin.text).trim_end());
        }
        for image in &pin.images {
            let _ = writeln!(page, "<p><em>Image, in Slack: {}</em></p>", escape(&image.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{document, odd};
    use super::*;

    #[test]
    fn the_document() {
        insta::assert_snapshot!(html(&document()));
    }

    #[test]
    fn odd_text_stays_text() {
        let page = html(&odd());
        assert!(!page.contains("<script") && !page.contains("<ac:"), "{page}");
        insta::assert_snapshot!(page);
    }
}
