//! `/sandbox/statuspage`: what the page holds, and changing it as people do on Statuspage itself.

use axum::extract::{Path, State as Shared};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::act::{WrongAct, wrong};
use crate::{Sandbox, locked};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/statuspage", get(look))
        .route("/sandbox/statuspage/limit", put(limit))
        .route("/sandbox/statuspage/incidents", post(begin))
        .route("/sandbox/statuspage/incidents/{id}", put(change).delete(remove))
}

async fn look(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    let page = locked(&sandbox.0.parts.statuspage);
    Json(json!({
        "limited": page.pace.limited,
        "groups": page.groups,
        "components": page.components,
        "incidents": page.incidents,
    }))
}

#[derive(Deserialize)]
struct Limited {
    limited: bool,
}

async fn limit(Shared(sandbox): Shared<Sandbox>, Json(Limited { limited }): Json<Limited>) -> Json<Value> {
    sandbox.limit_statuspage(limited);
    sandbox.changes().bump();
    Json(json!({}))
}

#[derive(Deserialize)]
struct Beginning {
    name: String,
    #[serde(default)]
    maintenance: bool,
}

async fn begin(
    Shared(sandbox): Shared<Sandbox>,
    Json(Beginning { name, maintenance }): Json<Beginning>,
) -> Json<Value> {
    Json(json!({ "id": sandbox.begin_on_statuspage(&name, maintenance) }))
}

#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    status: Option<String>,
    body: Option<String>,
}

async fn change(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    Json(Change { name, status, body }): Json<Change>,
) -> Result<Json<Value>, WrongAct> {
    let renamed = name.is_none_or(|name| sandbox.rename_on_statuspage(&id, &name));
    let body = body.unwrap_or_default();
    let written = status.is_none_or(|status| sandbox.write_on_statuspage(&id, &status, &body));
    if renamed && written {
        Ok(Json(json!({})))
    } else {
        Err(wrong(format!("there is no incident {id}")))
    }
}

async fn remove(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Result<Json<Value>, WrongAct> {
    if sandbox.remove_on_statuspage(&id) {
        Ok(Json(json!({})))
    } else {
        Err(wrong(format!("there is no incident {id}")))
    }
}
