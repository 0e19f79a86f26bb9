//! The template of the page: storage format with placeholders.

use thiserror::Error;

use super::xml::Storage;

/// The most characters of a template.
pub const MAX_TEMPLATE: usize = 100_000;

/// What a page looks like unless the company has written a template of its own.
pub const DEFAULT_TEMPLATE: &str = include_str!("template.xml");

/// How much a placeholder becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Text: it may stand anywhere, also in an attribute.
    Text,
    /// A mention: it stands in a paragraph or a cell.
    Inline,
    /// Whole paragraphs and tables: it stands between others, once.
    Block,
}

/// Every placeholder, and what it becomes.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("title", "the incident's title"),
    ("incident_id", "the incident's ID"),
    ("severity", "its severity"),
    ("severity_definition", "the severity's description"),
    ("status", "its status"),
    ("declared_at", "when it was declared"),
    ("identified_at", "when the cause was found"),
    ("resolved_at", "when it was resolved"),
    ("duration", "the duration"),
    ("time_zone", "the time zone of all times"),
    ("channel_link", "the address of its channel in Slack"),
    ("console_link", "the address of its page in the console"),
    ("declared_by", "who declared it (a mention if their account is found)"),
    ("description", "the description, as written when it was declared"),
    ("facts", "severity, status and times, as a table"),
    ("roles", "roles and the people in them, as a table"),
    ("timeline", "the timeline, as a table"),
    ("pins", "the pinned messages with their images"),
    ("updates", "the updates that were sent"),
    ("pages", "the pages that were sent"),
    ("links", "links to channels and console"),
];

pub(super) fn size(name: &str) -> Option<Size> {
    PLACEHOLDERS.iter().find(|(known, _)| *known == name)?;
    Some(match name {
        "declared_by" => Size::Inline,
        "description" | "facts" | "roles" | "timeline" | "pins" | "updates" | "pages" | "links" => Size::Block,
        _ => Size::Text,
    })
}

/// Why a template is refused. The text is for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidTemplate {
    /// There is none.
    #[error("the template is empty")]
    Empty,
    /// It is too long.
    #[error("the template is {0} characters long; the limit is {MAX_TEMPLATE}")]
    TooLong(usize),
    /// It is not well-formed.
    #[error("the template is not well-formed: {0}")]
    NotWellFormed(String),
    /// It uses what nothing is known of.
    #[error("unknown placeholder {{{{{0}}}}}; available: {list}", list = known())]
    UnknownPlaceholder(String),
    /// Braces are open.
    #[error("a placeholder is not closed: {{{{ without }}}}")]
    Open,
    /// What can only be there once is there twice.
    #[error("{{{{{0}}}}} is used twice")]
    Twice(String),
    /// It stands where it does not fit.
    #[error("{{{{{placeholder}}}}} can't be used in {place}")]
    Misplaced {
        /// Which one.
        placeholder: String,
        /// Where.
        place: String,
    },
}

fn known() -> String {
    let names: Vec<_> = PLACEHOLDERS.iter().map(|(name, _)| format!("{{{{{name}}}}}")).collect();
    names.join(", ")
}

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

/// The pieces of a template, or of a part of it.
pub(super) fn pieces(template: &str) -> Result<Vec<Piece<'_>>, InvalidTemplate> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind.split_once("}}").ok_or(InvalidTemplate::Open)?;
        pieces.extend([Piece::Text(before), Piece::Placeholder(name.trim())]);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// Whether a page can be made from a template.
pub fn check_template(template: &str) -> Result<(), InvalidTemplate> {
    if template.trim().is_empty() {
        return Err(InvalidTemplate::Empty);
    }
    let length = template.chars().count();
    if length > MAX_TEMPLATE {
        return Err(InvalidTemplate::TooLong(length));
    }
    let mut blocks = Vec::new();
    for piece in pieces(template)? {
        let Piece::Placeholder(name) = piece else { continue };
        match size(name) {
            None => return Err(InvalidTemplate::UnknownPlaceholder(name.to_owned())),
            Some(Size::Block) if blocks.contains(&name) => return Err(InvalidTemplate::Twice(name.to_owned())),
            Some(Size::Block) => blocks.push(name),
            Some(Size::Text | Size::Inline) => {}
        }
    }
    let storage = Storage::new(template);
    let document = storage.parse().map_err(InvalidTemplate::NotWellFormed)?;
    let mut found = 0;
    for node in document.root_element().descendants() {
        for attribute in node.attributes() {
            found += places(attribute.value(), &[Size::Text], &|| {
                format!("the attribute {}", attribute.name())
            })?;
        }
        if node.is_text() {
            let parent = node.parent().map_or("", |parent| parent.tag_name().name());
            let allowed: &[Size] = match parent {
                "page" | "layout-cell" | "rich-text-body" | "div" | "td" | "blockquote" | "task-body" => {
                    &[Size::Text, Size::Inline, Size::Block]
                }
                "plain-text-body" | "plain-text-link-body" | "parameter" => &[Size::Text],
                _ => &[Size::Text, Size::Inline],
            };
            // What stands as it is, is not escaped.
            let allowed = if template[storage.place(node.range().start)..].starts_with("<![CDATA[") {
                &[]
            } else {
                allowed
            };
            found += places(node.text().unwrap_or_default(), allowed, &|| format!("<{parent}>"))?;
        }
    }
    // The rest is in comments, names and instructions.
    let all = pieces(template)?;
    let hidden = all
        .iter()
        .filter(|piece| matches!(piece, Piece::Placeholder(_)))
        .nth(found);
    if let Some(Piece::Placeholder(name)) = hidden {
        return Err(InvalidTemplate::Misplaced {
            placeholder: (*name).to_owned(),
            place: "a comment or a CDATA section".to_owned(),
        });
    }
    Ok(())
}

/// How many placeholders a text holds, all of an allowed size.
fn places(text: &str, allowed: &[Size], place: &dyn Fn() -> String) -> Result<usize, InvalidTemplate> {
    let mut found = 0;
    for piece in pieces(text)? {
        let Piece::Placeholder(name) = piece else { continue };
        found += 1;
        if !size(name).is_some_and(|size| allowed.contains(&size)) {
            return Err(InvalidTemplate::Misplaced {
                placeholder: name.to_owned(),
                place: place(),
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid() {
        assert_eq!(check_template(DEFAULT_TEMPLATE), Ok(()));
    }

    #[test]
    fn every_placeholder_can_be_used() {
        for (name, _) in PLACEHOLDERS {
            let template = match size(name) {
                Some(Size::Block) => format!("<h2>Here</h2>{{{{ {name} }}}}"),
                _ => format!("<p>{{{{{name}}}}}</p>"),
            };
            assert_eq!(check_template(&template), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |template: &str| check_template(template).unwrap_err().to_string();
        let said = [
            wrong(" "),
            wrong("<p>open"),
            wrong("<p>Tea & coffee</p>"),
            wrong("<p>{{title</p>"),
            wrong("<p>{{tittle}}</p>"),
            wrong("{{timeline}}<hr />{{timeline}}"),
            wrong("<p>{{timeline}}</p>"),
            wrong("<p title=\"{{declared_by}}\">x</p>"),
            wrong("<!-- {{title}} -->"),
            wrong("<ac:plain-text-body><![CDATA[{{title}}]]></ac:plain-text-body>"),
            wrong(&"x".repeat(MAX_TEMPLATE + 1)),
        ];
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn links_may_stand_in_attributes() {
        assert_eq!(
            check_template("<p><a href=\"{{console_link}}\">{{title}}</a></p>"),
            Ok(())
        );
    }
}
