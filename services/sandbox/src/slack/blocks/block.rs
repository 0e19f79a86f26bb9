//! The rules of each kind of block.

use std::collections::HashSet;

use serde_json::Value;

use super::element::{ACCESSORIES, ACTIONS, INPUTS};
use super::text::Format;
use super::view::Surface;
use super::{At, Checker};

impl Checker {
    pub(super) fn block(&mut self, at: &At<'_>, block: &Value) {
        let Some(kind) = block["type"].as_str() else {
            self.error(at, "missing required field: type");
            return;
        };
        self.string(at, block, "block_id", (0, 255), false);
        if let Some(id) = block["block_id"].as_str().filter(|id| !id.is_empty())
            && !self.block_ids.insert(id.to_owned())
        {
            self.error(&at.key("block_id"), &format!("block_id {id:?} already exists"));
        }
        match kind {
            "section" => self.section(at, block),
            "header" => {
                self.only(at, block, &["type", "block_id", "text", "level"]);
                self.text(at, block, "text", 150, Format::Plain, true);
            }
            "divider" => self.only(at, block, &["type", "block_id"]),
            "context" => self.context(at, block),
            "actions" => {
                self.only(at, block, &["type", "block_id", "elements"]);
                let elements = self.array(at, block, "elements", (1, 25));
                let list = at.key("elements");
                let mut ids = HashSet::new();
                for (index, element) in elements.iter().enumerate() {
                    let here = list.index(index);
                    self.element(&here, element, ACTIONS);
                    if let Some(id) = element["action_id"].as_str()
                        && !ids.insert(id)
                    {
                        self.error(
                            &here.key("action_id"),
                            &format!("action_id {id:?} already exists in this block"),
                        );
                    }
                }
            }
            "input" => self.input(at, block),
            "image" => {
                self.only(
                    at,
                    block,
                    &["type", "block_id", "image_url", "slack_file", "alt_text", "title"],
                );
                self.image_fields(at, block);
                self.text(at, block, "title", 2000, Format::Plain, false);
            }
            "rich_text" => {
                self.only(at, block, &["type", "block_id", "elements"]);
                self.array(at, block, "elements", (0, 1000));
            }
            "markdown" if self.surface == Surface::Message => {
                self.only(at, block, &["type", "block_id", "text"]);
                self.string(at, block, "text", (1, 12_000), true);
            }
            other => self.error(&at.key("type"), &format!("unsupported type: {other}")),
        }
    }

    fn section(&mut self, at: &At<'_>, block: &Value) {
        self.only(
            at,
            block,
            &["type", "block_id", "text", "fields", "accessory", "expand"],
        );
        if block["text"].is_null() && block["fields"].is_null() {
            self.error(at, "missing required field: text");
        }
        self.text(at, block, "text", 3000, Format::Any, false);
        if !block["fields"].is_null() {
            let fields = self.array(at, block, "fields", (1, 10));
            let list = at.key("fields");
            for (index, field) in fields.iter().enumerate() {
                self.text_object(&list.index(index), field, 2000, Format::Any);
            }
        }
        if !block["accessory"].is_null() {
            self.element(&at.key("accessory"), &block["accessory"], ACCESSORIES);
        }
    }

    fn context(&mut self, at: &At<'_>, block: &Value) {
        self.only(at, block, &["type", "block_id", "elements"]);
        let elements = self.array(at, block, "elements", (1, 10));
        let list = at.key("elements");
        for (index, element) in elements.iter().enumerate() {
            let here = list.index(index);
            if element["type"] == "image" {
                self.element(&here, element, &["image"]);
            } else {
                self.text_object(&here, element, 2000, Format::Any);
            }
        }
    }

    fn input(&mut self, at: &At<'_>, block: &Value) {
        self.only(
            at,
            block,
            &[
                "type",
                "block_id",
                "label",
                "element",
                "hint",
                "optional",
                "dispatch_action",
            ],
        );
        self.text(at, block, "label", 2000, Format::Plain, true);
        self.text(at, block, "hint", 2000, Format::Plain, false);
        self.flag(at, block, "optional");
        self.flag(at, block, "dispatch_action");
        if block["element"].is_null() {
            self.error(at, "missing required field: element");
        } else {
            self.element(&at.key("element"), &block["element"], INPUTS);
        }
    }

    pub(super) fn image_fields(&mut self, at: &At<'_>, image: &Value) {
        self.string(at, image, "alt_text", (0, 2000), true);
        if image["slack_file"].is_null() {
            self.string(at, image, "image_url", (1, 3000), true);
        }
    }
}
