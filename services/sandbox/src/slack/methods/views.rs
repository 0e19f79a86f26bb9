//! Modals and homes: `views.*`.

use std::collections::BTreeMap;

use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Context;
use crate::slack::blocks::{Surface, Wrong, check_view};
use crate::slack::error::{Answer, Refusal};
use crate::slack::model::View;
use crate::slack::state::State;
use crate::slack::wire;

/// How many views may lie upon each other.
const DEEPEST: usize = 3;

fn checked(view: &Value, surface: Surface) -> Result<Value, Refusal> {
    check_view(view, surface).map_err(|wrong| match wrong {
        Wrong::TooLarge => Refusal::new("view_too_large"),
        Wrong::Invalid(messages) => Refusal::with_messages("invalid_arguments", messages),
    })
}

fn view_argument(context: &Context<'_>, surface: Surface) -> Result<Value, Refusal> {
    let view = context
        .args
        .json("view", "invalid_arguments")?
        .ok_or_else(|| Refusal::missing_argument("view"))?;
    checked(&view, surface)
}

fn new_hash() -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("{}.{}", Utc::now().timestamp(), &random[..8])
}

/// Uses up a trigger and gives who it belongs to and the view it came from.
fn exchange(context: &mut Context<'_>) -> Result<(String, String, Option<String>), Refusal> {
    let Some(id) = context.args.text("trigger_id") else {
        return Err(Refusal::missing_argument("trigger_id"));
    };
    let life = context.trigger_life;
    let trigger = context
        .state
        .triggers
        .get_mut(&id)
        .ok_or_else(|| Refusal::new("invalid_trigger_id"))?;
    let age = (Utc::now() - trigger.at).to_std().unwrap_or_default();
    if age > life {
        return Err("expired_trigger_id".into());
    }
    if trigger.used {
        return Err("exchanged_trigger_id".into());
    }
    trigger.used = true;
    Ok((trigger.user.clone(), id, trigger.view.clone()))
}

fn unique_external_id(state: &State, content: &Value, except: Option<&str>) -> Result<(), Refusal> {
    let Some(id) = content["external_id"].as_str().filter(|id| !id.is_empty()) else {
        return Ok(());
    };
    let taken = state
        .views
        .values()
        .any(|view| view.open && view.content["external_id"] == id && Some(view.id.as_str()) != except);
    if taken {
        return Err("duplicate_external_id".into());
    }
    Ok(())
}

/// Shows a new view to somebody, on top of `below` if there is one.
pub(crate) fn open(
    state: &mut State,
    user: &str,
    content: &Value,
    trigger_id: Option<String>,
    below: Option<&str>,
) -> Result<View, Refusal> {
    let content = checked(content, Surface::Modal)?;
    unique_external_id(state, &content, None)?;
    let mut depth = 1;
    let mut under = below.map(ToOwned::to_owned);
    let mut root = None;
    while let Some(view) = under.as_deref().and_then(|id| state.views.get(id)) {
        depth += 1;
        root = Some(view.root_view_id.clone());
        under.clone_from(&view.previous_view_id);
    }
    if depth > DEEPEST {
        return Err("push_limit_reached".into());
    }
    let id = state.next_id("V");
    let view = View {
        id: id.clone(),
        user: user.to_owned(),
        values: initial_values(&content),
        content,
        hash: new_hash(),
        root_view_id: root.unwrap_or_else(|| id.clone()),
        previous_view_id: below.map(ToOwned::to_owned),
        trigger_id,
        errors: BTreeMap::new(),
        open: true,
    };
    state.views.insert(id, view.clone());
    Ok(view)
}

/// Puts new content into a view. What was typed stays where block and action id stay.
pub(crate) fn replace(state: &mut State, id: &str, content: &Value) -> Result<View, Refusal> {
    let view = state.views.get(id).ok_or_else(|| Refusal::new("not_found"))?;
    let surface = if view.content["type"] == "home" {
        Surface::Home
    } else {
        Surface::Modal
    };
    let content = checked(content, surface)?;
    unique_external_id(state, &content, Some(id))?;
    let view = state.views.get_mut(id).ok_or_else(|| Refusal::new("not_found"))?;
    let mut values = initial_values(&content);
    if let Some(blocks) = values.as_object_mut() {
        for (block_id, actions) in blocks {
            for (action_id, value) in actions.as_object_mut().into_iter().flatten() {
                let typed = &view.values[block_id][action_id];
                if typed["type"] == value["type"] {
                    *value = typed.clone();
                }
            }
        }
    }
    view.content = content;
    view.values = values;
    view.hash = new_hash();
    view.errors.clear();
    Ok(view.clone())
}

/// The values that inputs start with, as Slack would report them.
fn initial_values(content: &Value) -> Value {
    let mut values = json!({});
    for block in content["blocks"].as_array().into_iter().flatten() {
        let block_id = block["block_id"].as_str().unwrap_or_default();
        let parts = block["elements"]
            .as_array()
            .into_iter()
            .flatten()
            .chain([&block["element"], &block["accessory"]]);
        for element in parts {
            let Some(action_id) = element["action_id"].as_str() else {
                continue;
            };
            if element["type"] == "button" || element["type"] == "overflow" {
                continue;
            }
            if values[block_id].is_null() {
                values[block_id] = json!({});
            }
            values[block_id][action_id] = initial_value(element);
        }
    }
    values
}

fn initial_value(element: &Value) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    let (field, initial, empty) = match kind {
        "static_select" | "external_select" | "radio_buttons" => ("selected_option", "initial_option", Value::Null),
        "checkboxes" | "multi_static_select" | "multi_external_select" => {
            ("selected_options", "initial_options", json!([]))
        }
        "users_select" => ("selected_user", "initial_user", Value::Null),
        "multi_users_select" => ("selected_users", "initial_users", json!([])),
        "channels_select" => ("selected_channel", "initial_channel", Value::Null),
        "multi_channels_select" => ("selected_channels", "initial_channels", json!([])),
        "conversations_select" => ("selected_conversation", "initial_conversation", Value::Null),
        "multi_conversations_select" => ("selected_conversations", "initial_conversations", json!([])),
        "datepicker" => ("selected_date", "initial_date", Value::Null),
        "timepicker" => ("selected_time", "initial_time", Value::Null),
        "datetimepicker" => ("selected_date_time", "initial_date_time", Value::Null),
        _ => ("value", "initial_value", Value::Null),
    };
    let start = if element[initial].is_null() {
        empty
    } else {
        element[initial].clone()
    };
    let mut value = json!({ "type": kind });
    value[field] = start;
    value
}

pub(super) fn views_open(context: &mut Context<'_>) -> Answer {
    let wanted = view_argument(context, Surface::Modal)?;
    let (user, trigger, _) = exchange(context)?;
    let view = open(context.state, &user, &wanted, Some(trigger), None)?;
    Ok(json!({ "view": wire::view(context.state, &view) }))
}

pub(super) fn push(context: &mut Context<'_>) -> Answer {
    let wanted = view_argument(context, Surface::Modal)?;
    let (user, trigger, below) = exchange(context)?;
    let below = below.ok_or_else(|| Refusal::new("not_found"))?;
    let view = open(context.state, &user, &wanted, Some(trigger), Some(&below))?;
    Ok(json!({ "view": wire::view(context.state, &view) }))
}

pub(super) fn update(context: &mut Context<'_>) -> Answer {
    let view = context
        .args
        .json("view", "invalid_arguments")?
        .ok_or_else(|| Refusal::missing_argument("view"))?;
    let found = match (context.args.text("view_id"), context.args.text("external_id")) {
        (Some(id), _) => context.state.views.get(&id),
        (None, Some(external)) => context
            .state
            .views
            .values()
            .find(|view| view.open && view.content["external_id"] == external.as_str()),
        (None, None) => return Err(Refusal::missing_argument("view_id")),
    };
    let found = found
        .filter(|view| view.open)
        .ok_or_else(|| Refusal::new("not_found"))?;
    if context.args.text("hash").is_some_and(|hash| hash != found.hash) {
        return Err("hash_conflict".into());
    }
    let id = found.id.clone();
    let view = replace(context.state, &id, &view)?;
    Ok(json!({ "view": wire::view(context.state, &view) }))
}

pub(super) fn publish(context: &mut Context<'_>) -> Answer {
    let user = context.args.required("user_id")?;
    let wanted = view_argument(context, Surface::Home)?;
    if context.state.users.get(&user).is_none_or(|user| user.is_bot) {
        return Err(Refusal::with_messages(
            "invalid_arguments",
            vec!["[ERROR] invalid user_id".to_owned()],
        ));
    }
    if let Some(id) = context.state.homes.get(&user).cloned() {
        let stale = context
            .args
            .text("hash")
            .is_some_and(|hash| context.state.views.get(&id).is_some_and(|view| view.hash != hash));
        if stale {
            return Err("hash_conflict".into());
        }
        let view = replace(context.state, &id, &wanted)?;
        return Ok(json!({ "view": wire::view(context.state, &view) }));
    }
    unique_external_id(context.state, &wanted, None)?;
    let id = context.state.next_id("V");
    let view = View {
        id: id.clone(),
        user: user.clone(),
        values: initial_values(&wanted),
        content: wanted,
        hash: new_hash(),
        root_view_id: id.clone(),
        previous_view_id: None,
        trigger_id: None,
        errors: BTreeMap::new(),
        open: true,
    };
    context.state.homes.insert(user, id.clone());
    context.state.views.insert(id, view.clone());
    Ok(json!({ "view": wire::view(context.state, &view) }))
}
