//! `/sandbox/confluence`: what there is, and editing a page as a person does.

use axum::extract::{Path, State as Shared};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::act::{WrongAct, wrong};
use crate::{Sandbox, locked};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/confluence", get(pages))
        .route("/sandbox/confluence/pages/{id}", put(edit))
}

async fn pages(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    let site = sandbox.confluence_url();
    Json(json!({ "site": site, "pages": sandbox.confluence_pages() }))
}

#[derive(Deserialize)]
struct Edited {
    body: String,
}

async fn edit(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    Json(Edited { body }): Json<Edited>,
) -> Result<Json<Value>, WrongAct> {
    let edited = locked(&sandbox.0.confluence).edit(&id, |now| *now = body);
    sandbox.changes().bump();
    if edited {
        Ok(Json(json!({})))
    } else {
        Err(wrong(format!("there is no page {id}")))
    }
}
