//! `/sandbox/confluence`: what there is, and changing it as people do.

use axum::extract::{Path, State as Shared};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::CONFLUENCE_SPACE;
use crate::act::{WrongAct, wrong};
use crate::{Sandbox, locked};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/confluence", get(pages))
        .route("/sandbox/confluence/writing", put(writing))
        .route("/sandbox/confluence/pages/{id}", put(edit).delete(remove))
}

async fn pages(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    let mut pages = json!(sandbox.confluence_pages());
    for page in pages.as_array_mut().into_iter().flatten() {
        page["space"] = json!(CONFLUENCE_SPACE);
    }
    let may_write = locked(&sandbox.0.parts.confluence).may_write;
    Json(json!({ "site": sandbox.confluence_url(), "may_write": may_write, "pages": pages }))
}

#[derive(Deserialize)]
struct Writing {
    may_write: bool,
}

async fn writing(Shared(sandbox): Shared<Sandbox>, Json(Writing { may_write }): Json<Writing>) -> Json<Value> {
    sandbox.let_write_confluence(may_write);
    Json(json!({}))
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
    let edited = locked(&sandbox.0.parts.confluence).edit(&id, |now| *now = body);
    changed(&sandbox, &id, edited)
}

async fn remove(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Result<Json<Value>, WrongAct> {
    let title = {
        let state = locked(&sandbox.0.parts.confluence);
        state.page(&id).map(|page| page.title.clone()).ok()
    };
    if let Some(title) = &title {
        sandbox.remove_confluence_page(title);
    }
    changed(&sandbox, &id, title.is_some())
}

fn changed(sandbox: &Sandbox, id: &str, was: bool) -> Result<Json<Value>, WrongAct> {
    sandbox.changes().bump();
    if was {
        Ok(Json(json!({})))
    } else {
        Err(wrong(format!("there is no page {id}")))
    }
}
