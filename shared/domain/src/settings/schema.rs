//! What a setting can be: its type with its limits, how a value is tidied and checked.

use std::collections::HashSet;

use chrono_tz::Tz;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{SETTINGS, Settings};

/// The most characters of a key or of what people read for it: Slack's selects take options of 75.
const MAX_KEY: usize = 75;
/// Slack's limit of a link behind a button, in characters.
const MAX_LINK: usize = 3_000;
/// The most entries of a list of texts.
const MAX_LIST: usize = 100;
/// The most characters of an entry of a list of texts.
const MAX_ENTRY: usize = 3_000;

/// Where the console shows a setting: each is a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "their labels say it")]
pub enum Group {
    General,
    Severities,
    Statuses,
    Roles,
    Channels,
    Digest,
    Reminders,
    Paging,
    Statuspage,
    Providers,
    RcaDocument,
    Access,
}

impl Group {
    /// Its key in addresses, its label, and what it is about.
    pub fn texts(self) -> [&'static str; 3] {
        match self {
            Self::General => ["general", "General", "The company's time zone and links."],
            Self::Severities => [
                "severities",
                "Severities",
                "How bad an incident can be, who is invited and who is paged.",
            ],
            Self::Statuses => ["statuses", "Statuses", "The stages of an incident."],
            Self::Roles => ["roles", "Roles", "Who does what in an incident."],
            Self::Channels => [
                "channels",
                "Channels",
                "Incident channels in Slack: topic, invitations, emoji, archiving.",
            ],
            Self::Digest => ["digest", "Digest", "The Slack channel that lists all incidents."],
            Self::Reminders => ["reminders", "Reminders", "When people are reminded to send an update."],
            Self::Paging => ["paging", "Paging", "Pages in PagerDuty."],
            Self::Statuspage => ["statuspage", "Statuspage", "What customers read."],
            Self::Providers => [
                "upstream-providers",
                "Upstream providers",
                "The providers whose status incident channels show. They are polled every few minutes; a channel is told when something changes.",
            ],
            Self::RcaDocument => [
                "rca-document",
                "RCA document",
                "The page in Confluence that is written after an incident. Existing pages stay as they are.",
            ],
            Self::Access => [
                "access",
                "Access",
                "Who may use incident-bot besides full members of the workspace.",
            ],
        }
    }
}

/// The type of a value, with its limits.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One line.
    Text {
        /// In characters.
        max: usize,
        /// Whether it may not be empty.
        required: bool,
    },
    /// Any number of lines, checked by the setting itself.
    LongText,
    /// A web address, or null.
    Link,
    /// Name of an emoji without colons.
    EmojiName {
        /// Whether it may be null.
        optional: bool,
    },
    /// What names an item of a list in the database; it is fixed once saved.
    Key,
    /// Yes or no.
    Switch,
    /// A whole number.
    Number {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// What is counted.
        unit: &'static str,
        /// Whether it may be null.
        optional: bool,
    },
    /// One of these: value and label.
    Choice(&'static [(&'static str, &'static str)]),
    /// Name of a time zone.
    TimeZone,
    /// The key of an item of the setting with this key.
    KeyOf(&'static str),
    /// Keys of items of the setting with this key.
    KeysOf(&'static str),
    /// Short texts, such as names.
    TextList {
        /// How many there may be.
        max: usize,
    },
    /// Sentences.
    Lines,
    /// Objects with these fields: a key and a label, which are distinct, among them.
    Items {
        /// What one is called.
        one: &'static str,
        /// How few there may be.
        min: usize,
        /// How many there may be.
        max: usize,
        /// In the order in which they are shown.
        fields: &'static [Field],
    },
}

/// A field of a list's objects.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in the object.
    pub key: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What it means; may be empty.
    pub help: &'static str,
    /// Its type.
    pub kind: Kind,
}

/// Who may change a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedBy {
    /// Admins of the console.
    Admins,
}

/// The environment variable of incident-bot 0.8.2 that fills a setting that was never made.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The variable that has to be true for it to count, and then it has to be there.
    pub enabled_by: Option<&'static str>,
}

/// What a setting is.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key in the database and the API.
    pub key: &'static str,
    /// Where the console shows it.
    pub group: Group,
    /// What people read.
    pub label: &'static str,
    /// What it means, in sentences.
    pub help: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What its type does not say, such as how it goes together with others; an error is the reason.
    pub check: fn(&Settings) -> Result<(), String>,
    /// How an entry of a list of texts is written, from the way people type it.
    pub entry: fn(&str) -> String,
    /// What fills it when it was never made.
    pub variable: Option<Variable>,
    /// Whether the console has an editor of its own for it, which goes by the setting's key.
    pub own_editor: bool,
    /// Who may change it.
    pub changed_by: ChangedBy,
}

impl Setting {
    /// What most settings have in common.
    pub(super) const COMMON: Self = Self {
        key: "",
        group: Group::General,
        label: "",
        help: "",
        kind: Kind::Switch,
        check: |_| Ok(()),
        entry: str::to_owned,
        variable: None,
        own_editor: false,
        changed_by: ChangedBy::Admins,
    };

    /// The setting with this key.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// The value that a text stands for; in a list it is the only entry.
    pub fn typed(&self, text: &str) -> Value {
        self.clean(match self.kind {
            Kind::TextList { .. } => vec![text].into(),
            _ => text.into(),
        })
    }

    /// A value as people type it, as it is kept.
    pub fn clean(&self, value: Value) -> Value {
        match self.kind.clean(value) {
            Value::Array(entries) if matches!(self.kind, Kind::TextList { .. }) => {
                let written = |entry: Value| entry.as_str().map_or(entry.clone(), |text| (self.entry)(text).into());
                let mut once: Vec<Value> = Vec::with_capacity(entries.len());
                for entry in entries {
                    if !once.contains(&entry) {
                        once.push(entry);
                    }
                }
                once.into_iter().map(written).collect()
            }
            value => value,
        }
    }

    /// What is wrong with a value, going by its type.
    pub fn check_value(&self, value: &Value) -> Vec<InvalidSetting> {
        let mut found = Vec::new();
        self.kind.check(value, "", &mut found);
        let named = |(path, reason)| InvalidSetting {
            setting: self.key,
            path,
            reason,
        };
        found.into_iter().map(named).collect()
    }
}

/// Why settings are refused; `setting` names the one that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{setting}: {reason}")]
pub struct InvalidSetting {
    /// The setting's key.
    pub setting: &'static str,
    /// Where in its value, such as `2.label`; empty for all of it.
    pub path: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Settings {
    /// Whether these settings can be worked with.
    pub fn validate(&self) -> Result<(), InvalidSetting> {
        self.violations().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that is wrong with these settings.
    pub fn violations(&self) -> Vec<InvalidSetting> {
        let values = self.values();
        let mut found = Vec::new();
        for setting in SETTINGS {
            let wrong = setting.check_value(values.get(setting.key).unwrap_or(&Value::Null));
            if wrong.is_empty()
                && let Err(reason) = (setting.check)(self)
            {
                found.push(InvalidSetting {
                    setting: setting.key,
                    path: String::new(),
                    reason,
                });
            }
            found.extend(wrong);
        }
        found
    }

    /// The value of every setting by its key.
    pub fn values(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(values)) => values,
            _ => Map::new(),
        }
    }
}

impl Kind {
    /// Whether a value may be null, which is how an empty field is kept.
    pub fn is_optional(&self) -> bool {
        match self {
            Self::Link => true,
            Self::EmojiName { optional } | Self::Number { optional, .. } => *optional,
            _ => false,
        }
    }

    /// What can be chosen, where that is the same for everybody: value and label.
    pub fn options(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Choice(choices) => choices.to_vec(),
            Self::TimeZone => chrono_tz::TZ_VARIANTS
                .iter()
                .map(|zone| (zone.name(), zone.name()))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// A value as people type it, as it is kept: without spaces around it, empty ones left out.
    fn clean(&self, value: Value) -> Value {
        match (self, value) {
            (Self::LongText, Value::String(text)) => text.replace('\0', "").into(),
            (Self::EmojiName { optional }, Value::String(text)) => {
                let name = tidy(tidy(&text).trim_matches(':'));
                if name.is_empty() && *optional {
                    Value::Null
                } else {
                    name.into()
                }
            }
            (Self::Link, Value::String(text)) if tidy(&text).is_empty() => Value::Null,
            (Self::TextList { .. } | Self::Lines | Self::KeysOf(_), Value::Array(entries)) => {
                let tidied = entries.into_iter().map(|entry| match entry {
                    Value::String(text) => tidy(&text).into(),
                    other => other,
                });
                tidied.filter(|entry| entry.as_str() != Some("")).collect()
            }
            (Self::Items { fields, .. }, Value::Array(items)) => {
                let clean = |item| match item {
                    Value::Object(mut item) => {
                        // Nothing shows or checks what is not declared.
                        item.retain(|key, _| fields.iter().any(|field| field.key == key));
                        for field in *fields {
                            if let Some(value) = item.remove(field.key) {
                                item.insert(field.key.to_owned(), field.kind.clean(value));
                            }
                        }
                        Value::Object(item)
                    }
                    other => other,
                };
                items.into_iter().map(clean).collect()
            }
            (_, Value::String(text)) => tidy(&text).into(),
            (_, value) => value,
        }
    }

    /// Adds what is wrong with a value: where in it, and why.
    fn check(&self, value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        if let Self::Items { one, min, max, fields } = self {
            check_items(value, one, *min..=*max, fields, found);
        } else if let Err(reason) = self.check_one(value) {
            found.push((path.to_owned(), reason));
        }
    }

    fn check_one(&self, value: &Value) -> Result<(), String> {
        let text = value.as_str();
        if value.is_null() && self.is_optional() {
            return Ok(());
        }
        match self {
            Self::Text { max, required } => check_text(text, *max, *required),
            Self::Key | Self::KeyOf(_) => check_text(text, MAX_KEY, true),
            Self::LongText => text.map(|_| ()).ok_or_else(|| "a text is needed".to_owned()),
            Self::Link => check_link(text.unwrap_or_default()),
            Self::EmojiName { .. } => check_emoji(text.unwrap_or_default()),
            Self::Switch => value
                .as_bool()
                .map(|_| ())
                .ok_or_else(|| "true or false is needed".to_owned()),
            Self::Number { min, max, unit, .. } => {
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                match number {
                    Some(number) if (*min..=*max).contains(&number) => Ok(()),
                    _ => Err(format!("a number of {unit} from {min} to {max} is needed")),
                }
            }
            Self::Choice(choices) => {
                let known = choices.iter().any(|(choice, _)| Some(*choice) == text);
                let all: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
                known
                    .then_some(())
                    .ok_or_else(|| format!("one of {} is needed", all.join(", ")))
            }
            Self::TimeZone => match text.and_then(|name| name.parse::<Tz>().ok()) {
                Some(_) => Ok(()),
                None => Err("a time zone such as Europe/Berlin is needed".to_owned()),
            },
            Self::KeysOf(_) | Self::Lines => check_list(value, MAX_LIST),
            Self::TextList { max } => check_list(value, *max),
            Self::Items { .. } => Ok(()),
        }
    }
}

/// Without what Postgres cannot keep, and without spaces around it.
fn tidy(text: &str) -> String {
    text.replace('\0', "").trim().to_owned()
}

fn check_text(text: Option<&str>, max: usize, required: bool) -> Result<(), String> {
    match text {
        None => Err("a text is needed".to_owned()),
        Some(text) if required && text.trim().is_empty() => Err("this is needed".to_owned()),
        Some(text) if text.chars().count() > max => Err(format!("at most {max} characters fit")),
        Some(_) => Ok(()),
    }
}

fn check_link(link: &str) -> Result<(), String> {
    let fits = (link.starts_with("https://") || link.starts_with("http://"))
        && !link.chars().any(|c| c.is_whitespace() || matches!(c, '<' | '>' | '|'))
        && link.len() <= MAX_LINK;
    fits.then_some(())
        .ok_or_else(|| format!("“{link}” is not a web address such as https://example.com"))
}

fn check_emoji(name: &str) -> Result<(), String> {
    if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c == ':') {
        return Err(format!("“{name}” is not the name of an emoji; leave out the colons"));
    }
    Ok(())
}

fn check_list(value: &Value, max: usize) -> Result<(), String> {
    let entries = value.as_array().ok_or("a list of texts is needed")?;
    if entries.len() > max {
        return Err(format!("at most {max} are possible"));
    }
    let fits = |entry: &Value| {
        let text = entry.as_str().unwrap_or_default();
        !text.trim().is_empty() && text.chars().count() <= MAX_ENTRY
    };
    let all_fit = entries.iter().all(fits);
    all_fit
        .then_some(())
        .ok_or_else(|| format!("each entry needs 1 to {MAX_ENTRY} characters"))
}

/// Keys and labels are distinct.
fn check_items(
    value: &Value,
    one: &str,
    count: std::ops::RangeInclusive<usize>,
    fields: &[Field],
    found: &mut Vec<(String, String)>,
) {
    let Some(items) = value.as_array() else {
        found.push((String::new(), "a list is needed".to_owned()));
        return;
    };
    if !count.contains(&items.len()) {
        let (min, max) = (count.start(), count.end());
        found.push((
            String::new(),
            format!("{min} to {max} of them are needed, each a {one}"),
        ));
        return;
    }
    let mut seen = HashSet::new();
    for (place, item) in items.iter().enumerate() {
        for field in fields {
            let value = item.get(field.key).unwrap_or(&Value::Null);
            let path = format!("{place}.{}", field.key);
            field.kind.check(value, &path, found);
            if matches!(field.key, "key" | "label")
                && let Some(text) = value.as_str()
                && !seen.insert((field.key, text))
            {
                found.push((path, format!("“{text}” is listed twice")));
            }
        }
    }
}
