//! What is said about the RCA document.

use domain::Incident;
use slack::blocks::{Button, button_of, buttons, link_button, primary, section};
use slack::text::{escape, link};
use slack::{Message, ids};
use store::rca_documents::RcaDocument;

/// What the link above the channel is called.
pub(super) const BOOKMARK: &str = "RCA document";

/// Where the document is; `below` when a new part stands below what people have edited.
pub(super) fn written(incident: &Incident, document: &RcaDocument, below: bool) -> Message {
    let title = escape(&document.title);
    let what = if below {
        "People have edited it, so the new content is in a part of its own at the end."
    } else if document.version > 1 {
        "Timeline and pinned messages are up to date."
    } else {
        "The facts are filled in; impact, causes and follow-ups are for you to write."
    };
    let mut all = Vec::new();
    all.extend(link_button("rca_document", "Open", &document.url).map(primary));
    all.push(button_of(ids::ACTION_RCA_WRITE, "Update", &incident.id));
    all.extend(files(incident));
    let mut blocks = vec![section(format!(
        "📄 The RCA document: {}\n{what}",
        link(&document.url, &title)
    ))];
    blocks.extend(buttons(all));
    Message {
        text: format!("📄 The RCA document: {title}. {what}"),
        blocks,
    }
}

/// Buttons that have the document put into a file.
pub(super) fn files(incident: &Incident) -> [Button; 2] {
    let id = incident.id;
    [
        button_of(ids::ACTION_RCA_MARKDOWN, "Markdown file", &id),
        button_of(ids::ACTION_RCA_HTML, "HTML file", &id),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::testing::incident;

    #[test]
    fn new_again_and_below() {
        let document = |version| RcaDocument {
            page_id: "1".to_owned(),
            title: "2026-11-23 - Payments <fail>".to_owned(),
            url: "https://company.atlassian.net/wiki/spaces/OPS/pages/1?a=1&b=2".to_owned(),
            version,
            part: 1,
        };
        insta::assert_json_snapshot!("new", written(&incident(), &document(1), false).to_json());
        let again = written(&incident(), &document(2), false).text;
        let below = written(&incident(), &document(3), true).text;
        insta::assert_snapshot!("again", format!("{again}\n{below}"));
    }
}
