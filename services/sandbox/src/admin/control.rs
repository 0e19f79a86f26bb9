//! The same over HTTP.

use axum::extract::{Path, State as Shared};
use axum::routing::{patch, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Sandbox;
use crate::act::{WrongAct, wrong};
use crate::slack::model::{User, WebhookMessage};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/people", post(add_person))
        .route("/sandbox/people/{who}", patch(change_person))
        .route("/sandbox/user_groups", post(add_group))
        .route("/sandbox/user_groups/{id}", patch(change_group))
        .route("/sandbox/channels/{channel}/webhook", post(webhook))
        .route("/sandbox/sockets/foreign", put(set_foreign))
}

/// What is changed of somebody; what is left out stays.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Changes {
    deleted: Option<bool>,
    /// Empty for somebody without an address.
    email: Option<String>,
    team_id: Option<String>,
    is_restricted: Option<bool>,
    is_ultra_restricted: Option<bool>,
    is_admin: Option<bool>,
    real_name: Option<String>,
}

impl Changes {
    fn apply(self, user: &mut User) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut user.deleted, self.deleted);
        set(&mut user.email, self.email);
        set(&mut user.team_id, self.team_id);
        set(&mut user.is_restricted, self.is_restricted);
        set(&mut user.is_ultra_restricted, self.is_ultra_restricted);
        set(&mut user.is_admin, self.is_admin);
        set(&mut user.real_name, self.real_name);
    }
}

#[derive(Deserialize)]
struct NewPerson {
    name: String,
    #[serde(flatten)]
    is: serde_json::Map<String, Value>,
}

async fn add_person(
    Shared(sandbox): Shared<Sandbox>,
    Json(NewPerson { name, is }): Json<NewPerson>,
) -> Result<Json<Value>, WrongAct> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(wrong(
            "A handle has lowercase letters, digits, dots, hyphens and underscores.",
        ));
    }
    if sandbox.find_person(&name).is_ok() {
        return Err(wrong(format!("There is a {name} already.")));
    }
    let changes: Changes = serde_json::from_value(Value::Object(is)).map_err(wrong)?;
    let person = sandbox.add_person(&name, |user| changes.apply(user));
    Ok(Json(json!({ "id": person.id() })))
}

async fn change_person(
    Shared(sandbox): Shared<Sandbox>,
    Path(who): Path<String>,
    Json(changes): Json<Changes>,
) -> Result<Json<Value>, WrongAct> {
    let person = sandbox.find_person(&who)?;
    sandbox.change_person(person.id(), |user| changes.apply(user));
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct NewGroup {
    handle: String,
    #[serde(default)]
    members: Vec<String>,
}

async fn add_group(Shared(sandbox): Shared<Sandbox>, Json(group): Json<NewGroup>) -> Result<Json<Value>, WrongAct> {
    if group.handle.is_empty() || sandbox.look(|state| state.user_groups.values().any(|one| one.handle == group.handle))
    {
        return Err(wrong(format!("There is a group @{} already.", group.handle)));
    }
    let members: Vec<&str> = group.members.iter().map(String::as_str).collect();
    Ok(Json(json!({ "id": sandbox.add_user_group(&group.handle, &members) })))
}

#[derive(Deserialize)]
struct GroupChanges {
    members: Option<Vec<String>>,
    name: Option<String>,
    handle: Option<String>,
    disabled: Option<bool>,
}

async fn change_group(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    Json(changes): Json<GroupChanges>,
) -> Result<Json<Value>, WrongAct> {
    if !sandbox.look(|state| state.user_groups.contains_key(&id)) {
        return Err(wrong(format!("There is no group {id}.")));
    }
    if let Some(members) = &changes.members {
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        sandbox.set_user_group(&id, &members);
    }
    if changes.name.is_some() || changes.handle.is_some() || changes.disabled.is_some() {
        sandbox.change_user_group(&id, |group| {
            if let Some(name) = changes.name {
                group.name = name;
            }
            if let Some(handle) = changes.handle {
                group.handle = handle;
            }
            if let Some(disabled) = changes.disabled {
                group.disabled = disabled;
            }
        });
    }
    Ok(Json(json!({})))
}

/// What another app's incoming webhook posts.
async fn webhook(
    Shared(sandbox): Shared<Sandbox>,
    Path(channel): Path<String>,
    Json(message): Json<WebhookMessage>,
) -> Result<Json<Value>, WrongAct> {
    Ok(Json(json!({ "ts": sandbox.try_post_webhook(&channel, &message)? })))
}

#[derive(Deserialize)]
struct Foreign {
    count: usize,
}

async fn set_foreign(Shared(sandbox): Shared<Sandbox>, Json(foreign): Json<Foreign>) -> Result<Json<Value>, WrongAct> {
    if foreign.count > 10 {
        return Err(wrong("Slack allows ten connections in all."));
    }
    sandbox.sockets().set_foreign(foreign.count);
    Ok(Json(json!({})))
}
