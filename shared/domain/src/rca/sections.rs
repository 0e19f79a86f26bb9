//! What is kept true on the page: parts between two anchors, by which they are found again.
//!
//! Confluence keeps anchors when people edit a page, and comments of XML it does not. The anchor at the beginning of the
//! page holds the incident's id: by that the page itself is found again.
//!
//! Confluence's editors may also move an anchor out of its empty paragraph, into the end of what stands above or the beginning
//! of what follows. Then the part still begins or ends where the anchor is.

use std::fmt::Write;
use std::ops::Range;

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
        "{body}<h2>As of {} ({})</h2><p>incident-bot added this part. It didn't change the text above because people have edited the page.</p>",
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

/// The body with new content between its anchors. `None` where there is no part, or one that cannot be replaced without text
/// of others.
fn replaced(document: &Document, body: &str, number: i32) -> Option<String> {
    let storage = Storage::new(body);
    let parsed = storage.parse().ok()?;
    let root = parsed.root_element();
    let mut places = Vec::new();
    for name in LIVE {
        let (begin, end) = (first(name, number), last(name, number));
        let (from, to) = match (find(root, &begin), find(root, &end)) {
            // The template has no such part.
            (None, None) => continue,
            (from, to) => (from?, to?),
        };
        let part = part(root, from, to)?;
        let mut content = block(document, name);
        if part.with_first {
            content.insert_str(0, &marker(&begin));
        }
        if part.with_last {
            content.push_str(&marker(&end));
        }
        let range = storage.place(part.range.start)..storage.place(part.range.end);
        places.push((range, content));
    }
    if places.is_empty() {
        return None;
    }
    places.sort_by_key(|(range, _)| range.start);
    let mut changed = String::with_capacity(body.len());
    let mut copied = 0;
    for (range, content) in places {
        changed.push_str(body.get(copied..range.start)?);
        changed.push_str(&content);
        copied = range.end;
    }
    changed.push_str(body.get(copied..)?);
    Some(changed)
}

/// What of the page is replaced for a part.
struct Part {
    range: Range<usize>,
    /// Whether the first anchor is within the range, and so is written again.
    with_first: bool,
    /// The same of the last anchor.
    with_last: bool,
}

/// Elements that hold text and no other blocks.
const TEXT_BLOCKS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6"];

/// The part between two anchors. `None` where text of others would be replaced with it.
fn part<'a, 'input>(root: Node<'a, 'input>, from: Node<'a, 'input>, to: Node<'a, 'input>) -> Option<Part> {
    if from.range().end > to.range().start {
        return None;
    }
    let common = from
        .ancestors()
        .find(|node| to.ancestors().any(|other| other == *node))?;
    let text_block = common
        .ancestors()
        .find(|node| TEXT_BLOCKS.contains(&node.tag_name().name()));
    let part = if let Some(text_block) = text_block {
        // All of it ended up in one paragraph.
        if has_content(text_block, |at| {
            at.end <= from.range().start || at.start >= to.range().end
        }) {
            return None;
        }
        Part {
            range: text_block.range(),
            with_first: true,
            with_last: true,
        }
    } else {
        let (above, below) = (child_with(common, from), child_with(common, to));
        let (start, with_first) = match content_around(above, from) {
            (true, true) => return None,
            // What follows the anchor in the same block belongs to the part.
            (false, true) => (above.range().start, true),
            (_, false) => (above.range().end, false),
        };
        let (end, with_last) = match content_around(below, to) {
            (true, true) => return None,
            (true, false) => (below.range().end, true),
            (false, _) => (below.range().start, false),
        };
        Part {
            range: start..end,
            with_first,
            with_last,
        }
    };
    let is_within = |node: &Node<'_, '_>| {
        let at = node.range();
        at.start >= part.range.start && at.end <= part.range.end
    };
    // The anchors of other parts have to stay.
    let has_others = root
        .descendants()
        .any(|node| is_anchor(node) && is_within(&node) && node != from && node != to);
    (!has_others).then_some(part)
}

/// The child of a node that another node is in.
fn child_with<'a, 'input>(node: Node<'a, 'input>, inner: Node<'a, 'input>) -> Node<'a, 'input> {
    inner.ancestors().take_while(|one| *one != node).last().unwrap_or(inner)
}

/// Whether a block shows anything before the anchor in it, and after it.
fn content_around(block: Node<'_, '_>, anchor: Node<'_, '_>) -> (bool, bool) {
    let at = anchor.range();
    (
        has_content(block, |content| content.end <= at.start),
        has_content(block, |content| content.start >= at.end),
    )
}

/// Whether a block shows anything in a place, besides anchors.
fn has_content(block: Node<'_, '_>, is_place: impl Fn(Range<usize>) -> bool) -> bool {
    block.descendants().any(|node| {
        let shows = if node.is_text() {
            node.text().is_some_and(|text| !text.trim().is_empty())
        } else {
            // Such as an image or a mention.
            node.is_element() && !node.has_children() && !matches!(node.tag_name().name(), "p" | "br" | "col")
        };
        shows && is_place(node.range()) && !node.ancestors().any(is_anchor)
    })
}

fn is_anchor(node: Node<'_, '_>) -> bool {
    node.tag_name().name() == "structured-macro"
        && node
            .attributes()
            .any(|attribute| attribute.name() == "name" && attribute.value() == "anchor")
}

/// The anchor of this name.
fn find<'a, 'input>(root: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    root.descendants()
        .find(|node| is_anchor(*node) && node.children().any(|child| child.text().map(str::trim) == Some(name)))
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
        let body = storage(&document(), DEFAULT_TEMPLATE).replace("Who was affected", "<u>Everybody</u>");
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

    /// The anchor, as it is on the page.
    fn macro_of(name: &str) -> String {
        let marker = marker(name);
        let inner = marker.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>"));
        inner.unwrap().to_owned()
    }

    /// The page with the anchors of a part moved out of their paragraphs, by `place`.
    fn moved(name: &str, place: impl Fn(String, &str, &str) -> String) -> String {
        let body = storage(&document(), DEFAULT_TEMPLATE);
        let (from, to) = (first(name, 1), last(name, 1));
        let body = body.replace(&marker(&from), "").replace(&marker(&to), "");
        place(body, &macro_of(&from), &macro_of(&to))
    }

    /// Writes the page again, twice: what was there before is gone, nothing is twice, and the anchors stay.
    fn follows(body: &str, name: &str) {
        let mut body = body.to_owned();
        for what in ["something new", "something newer"] {
            let mut later = document();
            later.timeline[0].what = what.to_owned();
            let Edit::Replaced(again) = refresh(&later, &body, 1, false, now()) else {
                panic!("nothing was replaced in {body}");
            };
            assert_eq!(again.matches(&block(&later, name)).count(), 1, "{again}");
            assert_eq!(again.matches("declared the incident as SEV2.").count(), 0, "{again}");
            for one in [first(name, 1), last(name, 1)] {
                assert_eq!(again.matches(&format!(">{one}<")).count(), 1, "{one}: {again}");
            }
            for part in LIVE.iter().filter(|part| **part != name) {
                let part = bracketed(part, 1, &block(&later, part));
                assert_eq!(again.matches(&part).count(), 1, "{part}: {again}");
            }
            for text in ["<h2>Timeline", "Pinned messages</h2>", "Who was affected"] {
                assert_eq!(again.matches(text).count(), 1, "{text}: {again}");
            }
            body = again;
        }
    }

    #[test]
    fn an_anchor_that_moved_to_the_end_of_what_stands_above_is_followed() {
        let body = moved("timeline", |body, from, to| {
            let body = body.replace("Timeline</h2>", &format!("Timeline{from}</h2>"));
            let table = block(&document(), "timeline");
            let inner = table.strip_suffix("</p></td></tr></tbody></table>").unwrap();
            let ended = format!("{inner}{to}</p></td></tr></tbody></table>");
            body.replace(&table, &ended)
        });
        follows(&body, "timeline");
    }

    #[test]
    fn an_anchor_that_moved_to_the_beginning_of_what_follows_is_followed() {
        let body = moved("timeline", |body, from, to| {
            let table = block(&document(), "timeline");
            let begun = table.replacen("<th><p>", &format!("<th><p>{from}"), 1);
            body.replace(&table, &begun)
                .replace("<h2>Pinned messages", &format!("<h2>{to}Pinned messages"))
        });
        follows(&body, "timeline");
    }

    #[test]
    fn the_widths_of_a_tables_columns_are_no_text_of_others() {
        let body = moved("timeline", |body, from, to| {
            let table = block(&document(), "timeline");
            let widths = "<table><colgroup><col style=\"width: 20.0%;\" /><col /><col /></colgroup><tbody>";
            let begun = table.replacen("<table><tbody>", widths, 1);
            let begun = begun.replacen("<th><p>", &format!("<th><p>{from}"), 1);
            body.replace(&table, &format!("{begun}{to}"))
        });
        follows(&body, "timeline");
    }

    #[test]
    fn anchors_without_a_paragraph_and_in_one_are_followed() {
        let beside = moved("timeline", |body, from, to| {
            let table = block(&document(), "timeline");
            body.replace(&table, &format!("{from}{table}{to}"))
        });
        follows(&beside, "timeline");
        let together = moved("timeline", |body, from, to| {
            body.replace(&block(&document(), "timeline"), &format!("<p>{from} {to}</p>"))
        });
        follows(&together, "timeline");
    }

    #[test]
    fn text_of_others_around_an_anchor_is_never_replaced() {
        let mine = "<p>Mine ANCHOR and mine</p>";
        for which in [first("timeline", 1), last("timeline", 1)] {
            let body = storage(&document(), DEFAULT_TEMPLATE)
                .replace(&marker(&which), &mine.replace("ANCHOR", &macro_of(&which)));
            // What is new is told below instead.
            let Edit::Added { body: again, number: 2 } = refresh(&later(), &body, 1, false, now()) else {
                panic!("text of others was replaced in {body}");
            };
            assert!(again.starts_with(&body) && again.contains("something new"), "{again}");
        }
    }

    #[test]
    fn a_page_without_its_anchors_gets_a_new_part() {
        let edit = refresh(&later(), "<p>All is gone</p>", 1, false, now());
        assert!(matches!(edit, Edit::Added { number: 2, .. }), "{edit:?}");
    }
}
