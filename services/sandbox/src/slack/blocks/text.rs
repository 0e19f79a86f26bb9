//! Texts, options and confirmations, which many blocks are made of.

use serde_json::Value;

use super::{At, Checker};

/// Which text objects are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Plain,
    Any,
}

impl Checker {
    /// A text object under `name`; absent is fine unless it is needed.
    pub(super) fn text(&mut self, at: &At<'_>, value: &Value, name: &str, most: usize, format: Format, needed: bool) {
        match &value[name] {
            Value::Null if !needed => {}
            Value::Null => self.error(at, &format!("missing required field: {name}")),
            text => self.text_object(&at.key(name), text, most, format),
        }
    }

    pub(super) fn text_object(&mut self, at: &At<'_>, text: &Value, most: usize, format: Format) {
        if !text.is_object() {
            self.error(at, "must provide an object");
            return;
        }
        match text["type"].as_str() {
            Some("plain_text") => {
                self.only(at, text, &["type", "text", "emoji"]);
                self.flag(at, text, "emoji");
            }
            Some("mrkdwn") if format == Format::Any => {
                self.only(at, text, &["type", "text", "verbatim"]);
                self.flag(at, text, "verbatim");
            }
            Some(other) => {
                self.error(&at.key("type"), &format!("unsupported type: {other}"));
                return;
            }
            None => self.error(at, "missing required field: type"),
        }
        self.string(at, text, "text", (1, most), true);
    }

    pub(super) fn confirmation(&mut self, at: &At<'_>, value: &Value) {
        let confirm = &value["confirm"];
        if confirm.is_null() {
            return;
        }
        let here = at.key("confirm");
        self.only(&here, confirm, &["title", "text", "confirm", "deny", "style"]);
        self.text(&here, confirm, "title", 100, Format::Plain, true);
        self.text(&here, confirm, "text", 300, Format::Any, true);
        self.text(&here, confirm, "confirm", 30, Format::Plain, true);
        self.text(&here, confirm, "deny", 30, Format::Plain, true);
        self.style(&here, confirm);
    }

    pub(super) fn style(&mut self, at: &At<'_>, value: &Value) {
        if !value["style"].is_null() && value["style"] != "primary" && value["style"] != "danger" {
            self.error(&at.key("style"), "must be one of: primary, danger");
        }
    }

    /// The options of an element, in one list or in groups, and those chosen at first.
    pub(super) fn options(&mut self, at: &At<'_>, element: &Value, rules: OptionRules) {
        let mut all: Vec<&Value> = Vec::new();
        if rules.groups && !element["option_groups"].is_null() {
            if !element["options"].is_null() {
                self.error(at, "options and option_groups cannot both be given");
            }
            let groups = self.array(at, element, "option_groups", (1, 100));
            let list = at.key("option_groups");
            for (index, group) in groups.iter().enumerate() {
                let here = list.index(index);
                self.only(&here, group, &["label", "options"]);
                self.text(&here, group, "label", 75, Format::Plain, true);
                all.extend(self.option_list(&here, group, rules));
            }
        } else {
            all = self.option_list(at, element, rules);
        }
        let mut initial: Vec<&Value> = element["initial_options"].as_array().into_iter().flatten().collect();
        if !element["initial_option"].is_null() {
            initial.push(&element["initial_option"]);
        }
        if !initial.iter().all(|option| all.contains(option)) {
            let name = if element["initial_option"].is_null() {
                "initial_options"
            } else {
                "initial_option"
            };
            self.error(&at.key(name), "must be one of the options, exactly as it is there");
        }
        if element["initial_options"] == serde_json::json!([]) {
            self.error(&at.key("initial_options"), "no fewer than 1 items allowed");
        }
    }

    fn option_list<'v>(&mut self, at: &At<'_>, value: &'v Value, rules: OptionRules) -> Vec<&'v Value> {
        let options = self.array(at, value, "options", (rules.least, rules.most));
        let list = at.key("options");
        for (index, option) in options.iter().enumerate() {
            let here = list.index(index);
            self.option(&here, option, rules.format);
        }
        options.iter().collect()
    }

    pub(super) fn option(&mut self, at: &At<'_>, option: &Value, format: Format) {
        if !option.is_object() {
            self.error(at, "must provide an object");
            return;
        }
        self.only(at, option, &["text", "value", "description", "url"]);
        self.text(at, option, "text", 75, format, true);
        self.string(at, option, "value", (1, 150), true);
        self.text(at, option, "description", 75, format, false);
        self.string(at, option, "url", (1, 3000), false);
    }
}

/// How many options an element takes and of which kind.
#[derive(Clone, Copy)]
pub(super) struct OptionRules {
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) format: Format,
    pub(super) groups: bool,
}
