//! What a person types or chooses, in the form in which Slack reports it.

use serde_json::{Value, json};

use super::blocks::Found;
use super::{WrongAct, wrong};
use crate::slack::state::State;

/// Sets the value of one element among those of a view or message.
pub(super) fn set_value(values: &mut Value, found: &Found, mut value: Value) {
    if let Some(fields) = value.as_object_mut() {
        for field in ["action_id", "block_id", "action_ts"] {
            fields.remove(field);
        }
    }
    if values[&found.block_id].is_null() {
        values[&found.block_id] = json!({});
    }
    let action_id = found.element["action_id"].as_str().unwrap_or_default();
    values[&found.block_id][action_id] = value;
}

/// Whether a reported value is empty.
pub(super) fn is_empty(value: &Value) -> bool {
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| *name != "type")
        .all(|(_, value)| value.is_null() || *value == json!([]) || *value == json!(""))
}

/// `{type, <field>: …}` for what was typed or chosen.
pub(super) fn chosen(state: &State, element: &Value, value: &Value) -> Result<Value, WrongAct> {
    let kind = element["type"].as_str().unwrap_or_default();
    let mut out = json!({ "type": kind });
    let (field, reported) = match kind {
        "button" => return Ok(out),
        "static_select" | "radio_buttons" | "overflow" => {
            ("selected_option", one(value, |item| option(element, item))?)
        }
        "external_select" => ("selected_option", value.clone()),
        "checkboxes" | "multi_static_select" => ("selected_options", several(value, |item| option(element, item))?),
        "multi_external_select" => ("selected_options", value.clone()),
        "users_select" => ("selected_user", one(value, |item| user(state, item))?),
        "multi_users_select" => ("selected_users", several(value, |item| user(state, item))?),
        "channels_select" => ("selected_channel", one(value, |item| channel(state, item))?),
        "multi_channels_select" => ("selected_channels", several(value, |item| channel(state, item))?),
        "conversations_select" => ("selected_conversation", one(value, |item| channel(state, item))?),
        "multi_conversations_select" => ("selected_conversations", several(value, |item| channel(state, item))?),
        "datepicker" => ("selected_date", value.clone()),
        "timepicker" => ("selected_time", value.clone()),
        "datetimepicker" => ("selected_date_time", value.clone()),
        _ => ("value", typed(value)),
    };
    out[field] = reported;
    Ok(out)
}

/// Typed text; nothing typed is null, and numbers are reported as text.
fn typed(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Number(number) => json!(number.to_string()),
        other => other.clone(),
    }
}

fn one(value: &Value, find: impl Fn(&Value) -> Result<Value, WrongAct>) -> Result<Value, WrongAct> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    find(value)
}

fn several(value: &Value, find: impl Fn(&Value) -> Result<Value, WrongAct>) -> Result<Value, WrongAct> {
    let items = match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        single => vec![single.clone()],
    };
    let found: Result<Vec<Value>, WrongAct> = items.iter().map(find).collect();
    Ok(Value::Array(found?))
}

/// The option whose value or text it is, as it stands in the element.
fn option(element: &Value, wanted: &Value) -> Result<Value, WrongAct> {
    let mut options: Vec<&Value> = element["options"].as_array().into_iter().flatten().collect();
    for group in element["option_groups"].as_array().into_iter().flatten() {
        options.extend(group["options"].as_array().into_iter().flatten());
    }
    let value = if wanted.is_object() { &wanted["value"] } else { wanted };
    options
        .iter()
        .find(|option| option["value"] == *value)
        .or_else(|| options.iter().find(|option| option["text"]["text"] == *value))
        .map(|option| (*option).clone())
        .ok_or_else(|| {
            let there: Vec<&str> = options
                .iter()
                .filter_map(|option| option["text"]["text"].as_str())
                .collect();
            wrong(format!("there is no option {wanted} among {there:?}"))
        })
}

fn user(state: &State, wanted: &Value) -> Result<Value, WrongAct> {
    let who = wanted.as_str().unwrap_or_default();
    state
        .user(who)
        .map(|user| json!(user.id))
        .ok_or_else(|| wrong(format!("there is nobody called {who:?}")))
}

fn channel(state: &State, wanted: &Value) -> Result<Value, WrongAct> {
    let which = wanted.as_str().unwrap_or_default();
    state
        .channel(which)
        .map(|channel| json!(channel.id))
        .ok_or_else(|| wrong(format!("there is no channel {which:?}")))
}
