//! A page as a person reads it: storage format made into HTML, near enough to try it.

use std::fmt::Write;

use roxmltree::{Document, Node, ParsingOptions};

/// Characters that storage format names.
const ENTITIES: [(&str, &str); 8] = [
    ("nbsp", "\u{a0}"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("rsquo", "’"),
    ("lsquo", "‘"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("hellip", "…"),
];

/// The attributes that are kept; everything else a page may not do here.
const ATTRIBUTES: [&str; 5] = ["href", "colspan", "rowspan", "datetime", "start"];

/// The body inside of one element that knows the prefixes and entities of storage format.
pub(super) fn whole(body: &str) -> String {
    let entities: Vec<_> = ENTITIES
        .iter()
        .map(|(name, text)| format!("<!ENTITY {name} \"{text}\">"))
        .collect();
    let entities = entities.concat();
    format!("<!DOCTYPE p [{entities}]><p xmlns:ac=\"urn:ac\" xmlns:ri=\"urn:ri\">{body}</p>")
}

/// Reads what [`whole`] made.
pub(super) fn parse(whole: &str) -> Result<Document<'_>, roxmltree::Error> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(whole, options)
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The body as HTML. `name` says who an account is, `image` where an attached image is.
pub(super) fn html(body: &str, name: &dyn Fn(&str) -> String, image: &dyn Fn(&str) -> String) -> String {
    let whole = whole(body);
    let Ok(document) = parse(&whole) else {
        return format!("<pre>{}</pre>", escape(body));
    };
    let mut out = String::new();
    let reader = Reader { name, image };
    reader.children(document.root_element(), &mut out);
    out
}

struct Reader<'a> {
    name: &'a dyn Fn(&str) -> String,
    image: &'a dyn Fn(&str) -> String,
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    let found = node.attributes().find(|attribute| attribute.name() == name);
    found.map_or("", |attribute| attribute.value())
}

impl Reader<'_> {
    fn children(&self, node: Node<'_, '_>, out: &mut String) {
        for child in node.children() {
            self.node(child, out);
        }
    }

    fn node(&self, node: Node<'_, '_>, out: &mut String) {
        if node.is_text() {
            out.push_str(&escape(node.text().unwrap_or_default()));
        }
        if !node.is_element() {
            return;
        }
        match (node.tag_name().namespace(), node.tag_name().name()) {
            (Some("urn:ac"), "structured-macro") => self.macro_of(node, out),
            (Some("urn:ac"), "image") => {
                let file = node.children().map(|child| attribute(child, "filename"));
                let file = file.collect::<String>();
                let _ = write!(
                    out,
                    "<img src=\"{}\" alt=\"{}\">",
                    escape(&(self.image)(&file)),
                    escape(attribute(node, "alt"))
                );
            }
            (Some("urn:ac"), "task") => {
                let part = |name| node.children().find(|child| child.tag_name().name() == name);
                let status = part("task-status").and_then(|status| status.text()).unwrap_or_default();
                out.push_str(if status == "complete" { "<p>☑ " } else { "<p>☐ " });
                if let Some(body) = part("task-body") {
                    self.children(body, out);
                }
                out.push_str("</p>");
            }
            (Some("urn:ri"), "user") => {
                let who = (self.name)(attribute(node, "account-id"));
                let _ = write!(out, "<span class=\"mention\">@{}</span>", escape(&who));
            }
            (Some(_), _) => self.children(node, out),
            (None, "script" | "style" | "iframe" | "object" | "embed" | "form") => {}
            (None, tag @ ("br" | "hr")) => {
                let _ = write!(out, "<{tag}>");
            }
            (None, tag) => {
                let _ = write!(out, "<{tag}");
                for kept in node.attributes().filter(|one| ATTRIBUTES.contains(&one.name())) {
                    let safe = kept.name() != "href" || kept.value().starts_with("http");
                    if safe {
                        let _ = write!(out, " {}=\"{}\"", kept.name(), escape(kept.value()));
                    }
                }
                out.push('>');
                self.children(node, out);
                let _ = write!(out, "</{tag}>");
            }
        }
    }

    /// Anchors are not seen; panels are framed; of other macros the content is shown.
    fn macro_of(&self, node: Node<'_, '_>, out: &mut String) {
        let name = attribute(node, "name");
        if name == "anchor" {
            let id: String = node.children().filter_map(|parameter| parameter.text()).collect();
            let _ = write!(out, "<a id=\"{}\"></a>", escape(&id));
            return;
        }
        let panel = matches!(name, "info" | "note" | "tip" | "warning" | "panel");
        out.push_str(if panel { "<div class=\"panel\">" } else { "<div>" });
        for child in node.children() {
            match child.tag_name().name() {
                "rich-text-body" => self.children(child, out),
                "plain-text-body" => {
                    let _ = write!(out, "<pre>{}</pre>", escape(child.text().unwrap_or_default()));
                }
                _ => {}
            }
        }
        out.push_str("</div>");
    }
}
