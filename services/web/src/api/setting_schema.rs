//! Settings as the API shows them: schema, value, last change.

use std::collections::HashMap;

use domain::Settings;
use domain::settings::{Field, Group, Kind, SETTINGS, Setting};
use serde_json::Value;
use store::settings::Revision;

use super::convert;
use crate::proto;
use crate::proto::SettingType as Type;

/// Every setting, by page.
pub(super) fn groups(settings: &Settings, revisions: &HashMap<String, Revision>) -> Vec<proto::SettingGroup> {
    let (values, defaults) = (settings.values(), Settings::default().values());
    let mut groups: Vec<(Group, proto::SettingGroup)> = Vec::new();
    for declared in SETTINGS {
        let revision = revisions.get(declared.key).cloned().unwrap_or_default();
        let unreadable = settings.is_unreadable(declared.key);
        let shown = proto::Setting {
            field: Some(setting_field(declared)),
            value: json(values.get(declared.key)),
            default_value: json(defaults.get(declared.key)),
            revision: revision.number,
            changed_at: revision.changed_at.map(convert::time),
            changed_by: revision.changed_by.unwrap_or_default(),
            editor: if declared.own_editor { declared.key } else { "" }.to_owned(),
            warning: unreadable.then(|| Settings::warning(declared.key)).unwrap_or_default(),
        };
        if let Some((_, group)) = groups.iter_mut().find(|(group, _)| *group == declared.group) {
            group.settings.push(shown);
            continue;
        }
        let [key, label, help] = declared.group.texts().map(str::to_owned);
        let group = proto::SettingGroup {
            key,
            label,
            help,
            settings: vec![shown],
        };
        groups.push((declared.group, group));
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn json(value: Option<&Value>) -> String {
    value.unwrap_or(&Value::Null).to_string()
}

fn setting_field(setting: &Setting) -> proto::SettingField {
    field(&Field {
        key: setting.key,
        label: setting.label,
        help: setting.help,
        kind: setting.kind,
    })
}

fn field(declared: &Field) -> proto::SettingField {
    let kind = &declared.kind;
    let option = |(value, label): (&str, &str)| proto::SettingOption {
        value: value.to_owned(),
        label: label.to_owned(),
    };
    let mut field = proto::SettingField {
        key: declared.key.to_owned(),
        label: declared.label.to_owned(),
        help: declared.help.to_owned(),
        optional: kind.is_optional(),
        options: kind.options().into_iter().map(option).collect(),
        ..proto::SettingField::default()
    };
    let length = |max: usize| i32::try_from(max).unwrap_or(i32::MAX);
    let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let kind = match *kind {
        Kind::Text { max, .. } => {
            field.max_length = length(max);
            Type::Text
        }
        Kind::EmojiName { .. } => Type::Text,
        Kind::LongText => Type::LongText,
        Kind::Link => Type::Link,
        Kind::Key => Type::Key,
        Kind::Switch => Type::Switch,
        Kind::Number { min, max, unit, .. } => {
            (field.min, field.max, field.unit) = (count(min), count(max), unit.to_owned());
            Type::Number
        }
        Kind::Choice(_) | Kind::TimeZone => Type::Choice,
        Kind::KeyOf(list) => {
            field.options_of = list.to_owned();
            Type::Choice
        }
        Kind::KeysOf(list) => {
            field.options_of = list.to_owned();
            Type::Choices
        }
        Kind::TextList { max } => {
            field.max_length = length(max);
            Type::Texts
        }
        Kind::Lines => Type::Lines,
        Kind::Items { one, max, fields, .. } => {
            field.max_length = length(max);
            field.item_name = one.to_owned();
            field.fields = fields.iter().map(self::field).collect();
            Type::Items
        }
    };
    field.set_type(kind);
    field
}
