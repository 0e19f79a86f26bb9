//! The rules of each kind of element, and where it may stand.

use serde_json::Value;

use super::text::{Format, OptionRules};
use super::{At, Checker};

/// What an actions block may hold.
pub(super) const ACTIONS: &[&str] = &[
    "button",
    "channels_select",
    "checkboxes",
    "conversations_select",
    "datepicker",
    "datetimepicker",
    "external_select",
    "overflow",
    "radio_buttons",
    "static_select",
    "timepicker",
    "users_select",
];

/// What may stand beside a section's text.
pub(super) const ACCESSORIES: &[&str] = &[
    "button",
    "channels_select",
    "checkboxes",
    "conversations_select",
    "datepicker",
    "external_select",
    "image",
    "multi_channels_select",
    "multi_conversations_select",
    "multi_external_select",
    "multi_static_select",
    "multi_users_select",
    "overflow",
    "radio_buttons",
    "static_select",
    "timepicker",
    "users_select",
];

/// What an input block may ask with.
pub(super) const INPUTS: &[&str] = &[
    "channels_select",
    "checkboxes",
    "conversations_select",
    "datepicker",
    "datetimepicker",
    "email_text_input",
    "external_select",
    "multi_channels_select",
    "multi_conversations_select",
    "multi_external_select",
    "multi_static_select",
    "multi_users_select",
    "number_input",
    "plain_text_input",
    "radio_buttons",
    "static_select",
    "timepicker",
    "url_text_input",
    "users_select",
];

pub(super) fn is_interactive(kind: &Value) -> bool {
    kind.as_str()
        .is_some_and(|kind| kind != "image" && (ACTIONS.contains(&kind) || INPUTS.contains(&kind)))
}

const SELECT: OptionRules = OptionRules {
    least: 1,
    most: 100,
    format: Format::Plain,
    groups: true,
};

impl Checker {
    pub(super) fn element(&mut self, at: &At<'_>, element: &Value, allowed: &[&str]) {
        let Some(kind) = element["type"].as_str() else {
            self.error(at, "missing required field: type");
            return;
        };
        if !allowed.contains(&kind) {
            self.error(&at.key("type"), &format!("unsupported type: {kind}"));
            return;
        }
        if kind == "image" {
            self.only(at, element, &["type", "image_url", "slack_file", "alt_text"]);
            self.image_fields(at, element);
            return;
        }
        self.string(at, element, "action_id", (1, 255), false);
        self.confirmation(at, element);
        self.placeholder(at, element);
        if element["focus_on_load"] == true {
            if self.focused {
                self.error(&at.key("focus_on_load"), "only one element may be focused");
            }
            self.focused = true;
        }
        let own = match kind {
            "button" => self.button(at, element),
            "overflow" => {
                self.options(
                    at,
                    element,
                    OptionRules {
                        least: 2,
                        most: 5,
                        format: Format::Plain,
                        groups: false,
                    },
                );
                &["options", "confirm"]
            }
            "checkboxes" | "radio_buttons" => {
                self.options(
                    at,
                    element,
                    OptionRules {
                        least: 1,
                        most: 10,
                        format: Format::Any,
                        groups: false,
                    },
                );
                const_slice(if kind == "checkboxes" {
                    &["options", "initial_options", "confirm", "focus_on_load"]
                } else {
                    &["options", "initial_option", "confirm", "focus_on_load"]
                })
            }
            "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" => {
                self.typed(at, element, kind)
            }
            "datepicker" | "timepicker" | "datetimepicker" => self.picker(at, element, kind),
            _ => self.select(at, element, kind),
        };
        let common = ["type", "action_id"];
        let allowed: Vec<&str> = common.iter().chain(own).copied().collect();
        self.only(at, element, &allowed);
    }

    fn placeholder(&mut self, at: &At<'_>, element: &Value) {
        self.text(at, element, "placeholder", 150, Format::Plain, false);
        self.flag(at, element, "focus_on_load");
    }

    fn button(&mut self, at: &At<'_>, element: &Value) -> &'static [&'static str] {
        self.text(at, element, "text", 75, Format::Plain, true);
        self.string(at, element, "value", (1, 2000), false);
        self.string(at, element, "url", (1, 3000), false);
        self.string(at, element, "accessibility_label", (1, 75), false);
        if let Some(url) = element["url"].as_str()
            && url::Url::parse(url).is_err()
        {
            self.error(&at.key("url"), "must be a valid URL");
        }
        self.style(at, element);
        &["text", "value", "url", "style", "confirm", "accessibility_label"]
    }

    fn typed(&mut self, at: &At<'_>, element: &Value, kind: &str) -> &'static [&'static str] {
        let most = element["max_length"].as_u64();
        if let Some(most) = most
            && !(1..=3000).contains(&most)
        {
            self.error(&at.key("max_length"), "must be between 1 and 3000");
        }
        if let Some(least) = element["min_length"].as_u64()
            && (least > 3000 || most.is_some_and(|most| least > most))
        {
            self.error(&at.key("min_length"), "must be at most max_length and 3000");
        }
        self.string(at, element, "initial_value", (0, 3000), false);
        match kind {
            "plain_text_input" => &[
                "placeholder",
                "initial_value",
                "multiline",
                "min_length",
                "max_length",
                "dispatch_action_config",
                "focus_on_load",
            ],
            "number_input" => {
                if !element["is_decimal_allowed"].is_boolean() {
                    self.error(at, "missing required field: is_decimal_allowed");
                }
                &[
                    "is_decimal_allowed",
                    "placeholder",
                    "initial_value",
                    "min_value",
                    "max_value",
                    "dispatch_action_config",
                    "focus_on_load",
                ]
            }
            _ => &[
                "placeholder",
                "initial_value",
                "dispatch_action_config",
                "focus_on_load",
            ],
        }
    }

    fn picker(&mut self, at: &At<'_>, element: &Value, kind: &str) -> &'static [&'static str] {
        match kind {
            "datepicker" => {
                if let Some(date) = element["initial_date"].as_str()
                    && chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_err()
                {
                    self.error(&at.key("initial_date"), "must be of the form YYYY-MM-DD");
                }
                &["initial_date", "confirm", "focus_on_load", "placeholder"]
            }
            "timepicker" => {
                if let Some(time) = element["initial_time"].as_str()
                    && (time.len() != 5 || chrono::NaiveTime::parse_from_str(time, "%H:%M").is_err())
                {
                    self.error(&at.key("initial_time"), "must be of the form HH:mm");
                }
                &["initial_time", "confirm", "focus_on_load", "placeholder", "timezone"]
            }
            _ => {
                if !element["initial_date_time"].is_null() && element["initial_date_time"].to_string().len() != 10 {
                    self.error(&at.key("initial_date_time"), "must be 10 digits");
                }
                &["initial_date_time", "confirm", "focus_on_load"]
            }
        }
    }

    fn select(&mut self, at: &At<'_>, element: &Value, kind: &str) -> &'static [&'static str] {
        let multi = kind.starts_with("multi_");
        if multi && element["max_selected_items"].as_u64() == Some(0) {
            self.error(&at.key("max_selected_items"), "must be at least 1");
        }
        match kind.trim_start_matches("multi_") {
            "static_select" => {
                self.options(at, element, SELECT);
                const_slice(if multi {
                    &[
                        "placeholder",
                        "options",
                        "option_groups",
                        "initial_options",
                        "confirm",
                        "max_selected_items",
                        "focus_on_load",
                    ]
                } else {
                    &[
                        "placeholder",
                        "options",
                        "option_groups",
                        "initial_option",
                        "confirm",
                        "focus_on_load",
                    ]
                })
            }
            "external_select" => &[
                "placeholder",
                "min_query_length",
                "initial_option",
                "initial_options",
                "confirm",
                "max_selected_items",
                "focus_on_load",
            ],
            "users_select" => &[
                "placeholder",
                "initial_user",
                "initial_users",
                "confirm",
                "max_selected_items",
                "focus_on_load",
            ],
            "channels_select" => &[
                "placeholder",
                "initial_channel",
                "initial_channels",
                "confirm",
                "max_selected_items",
                "response_url_enabled",
                "focus_on_load",
            ],
            _ => &[
                "placeholder",
                "initial_conversation",
                "initial_conversations",
                "default_to_current_conversation",
                "confirm",
                "max_selected_items",
                "response_url_enabled",
                "filter",
                "focus_on_load",
            ],
        }
    }
}

/// Two array literals of different lengths meet as one slice.
fn const_slice(slice: &'static [&'static str]) -> &'static [&'static str] {
    slice
}
