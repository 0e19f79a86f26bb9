//! `/sandbox/pagerduty`: looking at what PagerDuty holds, and acknowledging and resolving in it.

use axum::extract::{Path, State as Shared};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Sandbox;
use crate::act::{WrongAct, wrong};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/pagerduty", get(look))
        .route("/sandbox/pagerduty/incidents/{id}", put(change))
        .route("/sandbox/pagerduty/abilities/{ability}", put(ability))
}

async fn look(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    let account = sandbox.pagerduty();
    Json(json!({
        "users": account.users, "services": account.services, "schedules": account.schedules,
        "policies": account.policies, "incidents": account.incidents, "abilities": account.abilities,
    }))
}

#[derive(Deserialize)]
struct Change {
    /// Id, name or e-mail of who does it.
    who: String,
    /// `acknowledged`, `resolved` or `triggered`.
    status: String,
}

async fn change(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    Json(Change { who, status }): Json<Change>,
) -> Result<Json<Value>, WrongAct> {
    if sandbox.change_pagerduty(|account| account.change(&id, &who, &status)) {
        Ok(Json(json!({})))
    } else {
        Err(wrong(format!("{who} cannot make {id} {status}")))
    }
}

#[derive(Deserialize)]
struct Has {
    has: bool,
}

async fn ability(
    Shared(sandbox): Shared<Sandbox>,
    Path(ability): Path<String>,
    Json(Has { has }): Json<Has>,
) -> Json<Value> {
    sandbox.change_pagerduty(|account| {
        if has {
            account.abilities.insert(ability);
        } else {
            account.abilities.remove(&ability);
        }
    });
    Json(json!({}))
}
