//! What is kept true on the page: parts between two anchors, by which they are found again.
//!
//! Confluence keeps anchors when people edit a page, and comments of XML it does not. The anchor at the beginning of the
//! page holds the incident's id: by that the page itself is found again.

use std::fmt::Write;

use roxmltree::Node;

use super::document::Document;
use super::storage::block;
use super::xml::{Storage, escape};
use crate::IncidentId;

/// The placeholders whose content changes as time goes on.
pub(super) const LIVE: &[&str] = &["facts", "roles", "timeline", "pins", "updates", "pages"];

/// What is written again where people have edited the page.
const AGAIN: &[&str] = &["timeline", "pins"];

/// The anchor of the page of an incident.
pub fn anchor(incident: IncidentId) -> String {
    format!("incident-bot-{incident}")
}

fn first(name: &str, number: i32) -> String {
    format!("incident-bot-{name}-{number}")
}

fn last(name: &str, number: i32) -> String {
    format!("incident-bot-{name}-{number}-end")
}

/// An anchor in a paragraph of its own.
pub(super) fn marker(name: &str) -> String {
    format!(
        "<p><ac:structured-macro ac:name=\"anchor\"><ac:parameter ac:name=\"\">{}</ac:parameter></ac:structured-macro></p>",
        escape(name)
    )
}

/// A part between its anchors.
pub(super) fn bracketed(name: &str, number: i32, content: &str) -> String {
    format!(
        "{}{content}{}",
        marker(&first(name, number)),
        marker(&last(name, number))
    )
}

/// What becomes of a page that is written again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The parts were put in the place of what they said before.
    Replaced(String),
    /// A new part was added below, because the old ones are not ours to change.
    Added {
        /// The body of the page.
        body: String,
        /// Which part of the page is ours now.
        number: i32,
    },
}

/// The body of a page that is written again.
///
/// `number` is the part that was written last, from 1 on; `edited` tells whether people have edited the page since. `now`
/// is what the new part is called by.
pub fn refresh(document: &Document, body: &str, number: i32, edited: bool, now: chrono::DateTime<chrono::Utc>) -> Edit {
    if !edited && let Some(body) = replaced(document, body, number) {
        return Edit::Replaced(body);
    }
    let number = number + 1;
    let mut added = format!(
        "{body}<h2>As of {} ({})</h2><p>incident-bot wrote this below, and left alone what stands above, because people \
         have edited the page.</p>",
        document.time(now),
        escape(document.zone.name())
    );
    for name in AGAIN {
        let heading = if *name == "timeline" {
            "Timeline"
        } else {
            "Pinned messages"
        };
        let part = bracketed(name, number, &block(document, name));
        let _ = write!(added, "<h3>{heading}</h3>{part}");
    }
    Edit::Added { body: added, number }
}

/// The body with new content between its anchors; `None` where none of them is there as it was written.
fn replaced(document: &Document, body: &str, number: i32) -> Option<String> {
    let storage = Storage::new(body);
    let parsed = storage.parse().ok()?;
    let root = parsed.root_element();
    let mut places: Vec<_> = LIVE
        .iter()
        .filter_map(|name| {
            let (from, to) = (
                paragraph(root, &first(name, number))?,
                paragraph(root, &last(name, number))?,
            );
            let together = from.parent() == to.parent() && from.range().end <= to.range().start;
            together.then(|| (storage.place(from.range().end)..storage.place(to.range().start), *name))
        })
        .collect();
    if places.is_empty() {
        return None;
    }
    places.sort_by_key(|(range, _)| range.start);
    let mut changed = String::with_capacity(body.len());
    let mut copied = 0;
    for (range, name) in places {
        changed.push_str(body.get(copied..range.start)?);
        changed.push_str(&block(document, name));
        copied = range.end;
    }
    changed.push_str(body.get(copied..)?);
    Some(changed)
}

/// The paragraph that holds an anchor, or the anchor itself where it stands in none.
fn paragraph<'a, 'input>(root: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    let anchor = root.descendants().find(|node| {
        node.tag_name().name() == "structured-macro"
            && node
                .attributes()
                .any(|attribute| attribute.name() == "name" && attribute.value() == "anchor")
            && node.children().any(|child| child.text().map(str::trim) == Some(name))
    })?;
    match anchor.parent() {
        Some(parent) if parent.tag_name().name() == "p" => Some(parent),
        _ => Some(anchor),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::super::{DEFAULT_TEMPLATE, storage};
    use super::*;

    fn later() -> Document {
        let mut later = document();
        later.timeline[0].what = "something new".to_owned();
        later
    }

    fn now() -> chrono::DateTime<chrono::Utc> {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_nobody_touched_is_what_a_new_page_would_be() {
        let body = storage(&document(), DEFAULT_TEMPLATE);
        let Edit::Replaced(again) = refresh(&later(), &body, 1, false, now()) else {
            panic!("nothing was replaced");
        };
        assert_eq!(again, storage(&later(), DEFAULT_TEMPLATE));
    }

    #[test]
    fn what_confluence_adds_to_macros_does_not_matter() {
        let body = storage(&document(), DEFAULT_TEMPLATE).replace(
            "ac:name=\"anchor\"",
            "ac:name=\"anchor\" ac:schema-version=\"1\" ac:macro-id=\"9f\"",
        );
        let body = format!("<p>Hello&nbsp;you</p>{body}");
        let Edit::Replaced(again) = refresh(&later(), &body, 1, false, now()) else {
            panic!("nothing was replaced");
        };
        assert!(again.starts_with("<p>Hello&nbsp;you</p>") && again.contains("something new"));
        assert_eq!(again.matches("<h2>Timeline</h2>").count(), 1);
    }

    #[test]
    fn what_people_edited_stays_and_the_new_part_is_followed_from_then_on() {
        let body = storage(&document(), DEFAULT_TEMPLATE).replace("Who was hit", "<u>Everybody</u>");
        let Edit::Added { body: again, number } = refresh(&later(), &body, 1, true, now()) else {
            panic!("nothing was added");
        };
        assert_eq!(number, 2);
        assert!(again.starts_with(&body));
        insta::assert_snapshot!(&again[body.len()..]);
        let Edit::Replaced(third) = refresh(&document(), &again, 2, false, now()) else {
            panic!("nothing was replaced");
        };
        assert!(third.starts_with(&body) && !third.contains("something new"));
    }

    #[test]
    fn a_page_without_its_anchors_gets_a_new_part() {
        let edit = refresh(&later(), "<p>All is gone</p>", 1, false, now());
        assert!(matches!(edit, Edit::Added { number: 2, .. }), "{edit:?}");
    }
}
