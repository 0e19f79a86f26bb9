//! `/sandbox/feeds`: letting outages begin, change and end over HTTP.

use axum::extract::{Path, State as Shared};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::act::{WrongAct, wrong};
use crate::{Sandbox, locked};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/feeds", get(feeds))
        .route("/sandbox/feeds/{provider}/outages", post(begin))
        .route("/sandbox/feeds/{provider}/outages/{id}", put(change))
}

async fn feeds(Shared(sandbox): Shared<Sandbox>) -> Json<Value> {
    let feeds = locked(&sandbox.0.parts.feeds);
    let all = feeds.0.iter();
    let all: Vec<_> = all
        .map(|(provider, outages)| json!({ "provider": provider, "outages": outages }))
        .collect();
    Json(json!({ "feeds": all }))
}

#[derive(Deserialize)]
struct Beginning {
    title: String,
    #[serde(default = "major")]
    impact: String,
}

fn major() -> String {
    "major".to_owned()
}

async fn begin(
    Shared(sandbox): Shared<Sandbox>,
    Path(provider): Path<String>,
    Json(Beginning { title, impact }): Json<Beginning>,
) -> Json<Value> {
    let id = sandbox.change_feeds(|feeds| feeds.begin(&provider, &title, &impact));
    Json(json!({ "id": id }))
}

#[derive(Deserialize)]
struct State {
    state: String,
}

async fn change(
    Shared(sandbox): Shared<Sandbox>,
    Path((provider, id)): Path<(String, u64)>,
    Json(State { state }): Json<State>,
) -> Result<Json<Value>, WrongAct> {
    if sandbox.change_outage(&provider, id, &state) {
        Ok(Json(json!({})))
    } else {
        Err(wrong(format!("{provider} has no outage {id}")))
    }
}
