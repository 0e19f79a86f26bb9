//! Block Kit's rules: what Slack would refuse in a message, a modal or a home is refused here.

mod block;
mod element;
mod text;
mod view;

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use view::{Surface, Wrong, check_view};

/// How many blocks a message may hold.
const MOST_IN_MESSAGE: usize = 50;
/// How many blocks a view may hold.
const MOST_IN_VIEW: usize = 100;

/// Collects what is wrong, each with the place where it is.
pub(crate) struct Checker {
    surface: Surface,
    errors: Vec<String>,
    block_ids: HashSet<String>,
    focused: bool,
}

/// Where in the payload something stands, as a JSON pointer.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    fn root(name: &'a str) -> Self {
        Self {
            parent: None,
            step: Step::Key(name),
        }
    }

    fn key(&'a self, name: &'a str) -> At<'a> {
        At {
            parent: Some(self),
            step: Step::Key(name),
        }
    }

    fn index(&'a self, index: usize) -> At<'a> {
        At {
            parent: Some(self),
            step: Step::Index(index),
        }
    }
}

impl std::fmt::Display for At<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(parent) = self.parent {
            write!(out, "{parent}")?;
        }
        match self.step {
            Step::Key(name) => write!(out, "/{name}"),
            Step::Index(index) => write!(out, "/{index}"),
        }
    }
}

impl Checker {
    fn new(surface: Surface) -> Self {
        Self {
            surface,
            errors: Vec::new(),
            block_ids: HashSet::new(),
            focused: false,
        }
    }

    fn error(&mut self, at: &At<'_>, what: &str) {
        self.errors.push(format!("[ERROR] {what} [json-pointer:{at}]"));
    }

    /// Refuses fields that do not belong there.
    fn only(&mut self, at: &At<'_>, value: &Value, allowed: &[&str]) {
        for key in value.as_object().into_iter().flat_map(|map| map.keys()) {
            if !allowed.contains(&key.as_str()) {
                self.error(at, &format!("invalid additional property: {key}"));
            }
        }
    }

    /// A string of `least..=most` characters; absent is fine unless it is needed.
    fn string(&mut self, at: &At<'_>, value: &Value, name: &str, lengths: (usize, usize), needed: bool) {
        match &value[name] {
            Value::Null if !needed => {}
            Value::Null => self.error(at, &format!("missing required field: {name}")),
            Value::String(text) => self.length(&at.key(name), text, lengths),
            _ => self.error(&at.key(name), "must provide a string"),
        }
    }

    fn length(&mut self, at: &At<'_>, text: &str, (least, most): (usize, usize)) {
        let length = text.chars().count();
        if length > most {
            self.error(at, &format!("must be less than {} characters", most + 1));
        } else if length < least {
            self.error(at, &format!("must be more than {} characters", least.saturating_sub(1)));
        }
    }

    fn flag(&mut self, at: &At<'_>, value: &Value, name: &str) {
        if !matches!(value[name], Value::Null | Value::Bool(_)) {
            self.error(&at.key(name), "must provide a boolean");
        }
    }

    /// An array of `least..=most` items; none when it is not one.
    fn array<'v>(&mut self, at: &At<'_>, value: &'v Value, name: &str, (least, most): (usize, usize)) -> &'v [Value] {
        match &value[name] {
            Value::Null => {
                self.error(at, &format!("missing required field: {name}"));
                &[]
            }
            Value::Array(items) => {
                let here = at.key(name);
                if items.len() > most {
                    self.error(&here, &format!("no more than {most} items allowed"));
                } else if items.len() < least {
                    self.error(&here, &format!("no fewer than {least} items allowed"));
                }
                items
            }
            _ => {
                self.error(&at.key(name), "must provide an array");
                &[]
            }
        }
    }

    fn blocks(&mut self, at: &At<'_>, blocks: &Value, most: usize) -> Vec<Value> {
        let Some(items) = blocks.as_array() else {
            self.error(at, "must provide an array");
            return Vec::new();
        };
        if items.len() > most {
            self.error(at, &format!("no more than {most} items allowed"));
        }
        let mut out = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let here = at.index(index);
            self.block(&here, item);
            out.push(with_ids(item));
        }
        out
    }
}

/// Checks the blocks of a message and gives them the ids that Slack would.
pub(crate) fn check_message(blocks: &Value) -> Result<Vec<Value>, Vec<String>> {
    let mut checker = Checker::new(Surface::Message);
    let out = checker.blocks(&At::root("blocks"), blocks, MOST_IN_MESSAGE);
    if checker.errors.is_empty() {
        Ok(out)
    } else {
        Err(checker.errors)
    }
}

/// Block and action ids for what has none, and the defaults that Slack fills in.
fn with_ids(block: &Value) -> Value {
    let mut out = block.clone();
    if out["block_id"].as_str().is_none_or(str::is_empty) {
        out["block_id"] = json!(random_id());
    }
    if let Some(elements) = out.get_mut("elements").and_then(Value::as_array_mut) {
        for element in elements {
            action_id(element);
        }
    }
    for part in ["accessory", "element"] {
        if let Some(element) = out.get_mut(part) {
            action_id(element);
        }
    }
    if out["type"] == "input" {
        for name in ["optional", "dispatch_action"] {
            if out[name].is_null() {
                out[name] = json!(false);
            }
        }
    }
    if out["type"] == "section"
        && let Some(text) = out.get_mut("text")
        && text["type"] == "mrkdwn"
        && text["verbatim"].is_null()
    {
        text["verbatim"] = json!(false);
    }
    out
}

fn action_id(element: &mut Value) {
    if element::is_interactive(&element["type"]) && element["action_id"].as_str().is_none_or(str::is_empty) {
        element["action_id"] = json!(random_id());
    }
}

fn random_id() -> String {
    Uuid::new_v4().simple().to_string()[..5].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(blocks: &Value) -> Vec<String> {
        check_message(blocks).expect_err("must be refused")
    }

    #[test]
    fn good_blocks_get_the_ids_they_lack() {
        let blocks = check_message(&json!([
            { "type": "header", "text": { "type": "plain_text", "text": "Down" } },
            { "type": "divider", "block_id": "line" },
            { "type": "actions", "elements": [
                { "type": "button", "text": { "type": "plain_text", "text": "Go" } },
                { "type": "users_select", "action_id": "who" },
            ]},
        ]))
        .expect("good blocks");
        assert_eq!(blocks[1]["block_id"], "line");
        assert_eq!(blocks[0]["block_id"].as_str().map(str::len), Some(5));
        assert_eq!(blocks[2]["elements"][0]["action_id"].as_str().map(str::len), Some(5));
        assert_eq!(blocks[2]["elements"][1]["action_id"], "who");
    }

    #[test]
    fn what_is_too_long_is_named_with_its_place() {
        let blocks = json!([
            { "type": "section", "text": { "type": "mrkdwn", "text": "x".repeat(3001) } },
            { "type": "header", "text": { "type": "plain_text", "text": "x".repeat(151) } },
        ]);
        assert_eq!(
            errors(&blocks),
            [
                "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
                "[ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]",
            ]
        );
        let many: Vec<Value> = (0..51).map(|_| json!({ "type": "divider" })).collect();
        assert_eq!(
            errors(&json!(many)),
            ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
        );
    }

    #[test]
    fn an_initial_option_must_be_one_of_the_options() {
        let option = |text: &str| json!({ "text": { "type": "plain_text", "text": text }, "value": text });
        let select = |initial: Value| {
            json!([{ "type": "actions", "elements": [{
                "type": "static_select", "action_id": "s",
                "options": [option("a"), option("b")], "initial_option": initial,
            }]}])
        };
        assert!(check_message(&select(option("b"))).is_ok());
        assert_eq!(errors(&select(option("c"))).len(), 1);
    }

    #[test]
    fn ids_are_unique_and_strange_things_are_refused() {
        let blocks = json!([
            { "type": "divider", "block_id": "a" },
            { "type": "divider", "block_id": "a" },
            { "type": "section", "text": { "type": "mrkdwn", "text": "x" }, "elements": [] },
            { "type": "section" },
            { "type": "input", "label": { "type": "mrkdwn", "text": "x" },
              "element": { "type": "button", "text": { "type": "plain_text", "text": "x" } } },
            { "type": "actions", "elements": [{ "type": "plain_text_input" }] },
            { "type": "unheard_of" },
        ]);
        assert_eq!(errors(&blocks).len(), 7, "{:#?}", errors(&blocks));
    }
}
