//! Serves the API, after what goes wrong has had its turn.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};

use super::page::component;
use super::{STATUSPAGE_KEY, STATUSPAGE_PAGE_ID, contract};
use crate::calls::Outcome;
use crate::faults::{Harm, Junk, Side};
use crate::server::DropConnection;
use crate::{Sandbox, locked};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/statuspage/v1/pages/{page}/{*path}", any(call))
}

/// A call that was read.
struct Call {
    page: String,
    /// As the contract has it.
    operation: &'static str,
    /// As faults and barriers have it.
    method: &'static str,
    /// The id in the path.
    id: String,
    query: BTreeMap<String, String>,
    body: Option<Value>,
}

type Answered = (StatusCode, Value);

fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static str)> {
    Some(match (method.as_str(), path.split_once('/')) {
        ("GET", None) if path == "components" => ("GET components", "statuspage.list_components"),
        ("GET", None) if path == "component-groups" => ("GET component-groups", "statuspage.list_groups"),
        ("GET", None) if path == "incidents" => ("GET incidents", "statuspage.list_incidents"),
        ("POST", None) if path == "incidents" => ("POST incidents", "statuspage.create_incident"),
        ("GET", Some(("incidents", "unresolved"))) => ("GET incidents/unresolved", "statuspage.list_unresolved"),
        ("GET", Some(("incidents", "scheduled"))) => ("GET incidents/scheduled", "statuspage.list_scheduled"),
        ("GET", Some(("incidents", _))) => ("GET incidents/{id}", "statuspage.get_incident"),
        ("PATCH", Some(("incidents", _))) => ("PATCH incidents/{id}", "statuspage.update_incident"),
        _ => return None,
    })
}

async fn call(
    Shared(sandbox): Shared<Sandbox>,
    method: Method,
    Path((page, path)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let Some((operation, method)) = operation(&method, &path) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "Not found" }))).into_response();
    };
    let call = Call {
        page,
        operation,
        method,
        id: path.rsplit('/').next().unwrap_or_default().to_owned(),
        query,
        body: (!bytes.is_empty()).then(|| serde_json::from_slice(&bytes).unwrap_or(Value::Null)),
    };
    // Whoever gives up waiting does not undo what was asked for.
    let task = tokio::spawn(async move { run(&sandbox, &call, &headers).await });
    task.await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn run(sandbox: &Sandbox, call: &Call, headers: &HeaderMap) -> Response {
    let args = json!({ "id": call.id, "query": call.query, "body": call.body });
    let seq = sandbox.record(call.method, args.clone());
    let (response, outcome) = meet(sandbox, seq, call, headers, &args).await;
    sandbox.finish(seq, outcome);
    response
}

async fn meet(sandbox: &Sandbox, seq: u64, call: &Call, headers: &HeaderMap, args: &Value) -> (Response, Outcome) {
    if !locked(&sandbox.0.statuspage_pace).take(Instant::now()) {
        let code = StatusCode::from_u16(420).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
        let refused = (code, Json(json!({ "error": "You have exceeded the rate limit" })));
        return (refused.into_response(), Outcome::Status(420));
    }
    let fate = sandbox.faults().meet(call.method, args);
    tokio::time::sleep(fate.latency).await;
    let hold = async |side: Side| {
        for held in fate.held.iter().filter(|held| held.side == side) {
            if !held.pass().await {
                return false;
            }
        }
        true
    };
    if !hold(Side::Before).await {
        return (DropConnection::response(), Outcome::Dropped { applied: false });
    }
    if let Some(harm) = &fate.harm
        && let Some(harmed) = harmed(sandbox, seq, harm, call).await
    {
        return harmed;
    }
    let (status, body) = answer(sandbox, call, headers);
    let applied = status.is_success();
    if !hold(Side::After).await {
        return (DropConnection::response(), Outcome::Dropped { applied });
    }
    match fate.harm {
        Some(Harm::DropAfter) => (DropConnection::response(), Outcome::Dropped { applied }),
        Some(Harm::HangAfter) => {
            sandbox.finish(seq, Outcome::Hung { applied });
            sandbox.stopped().await;
            (DropConnection::response(), Outcome::Hung { applied })
        }
        // It was done, and its answer is cut off.
        Some(Harm::Junk(Junk::InvalidJson)) => junk(([(header::CONTENT_TYPE, "application/json")], "{\"id\": ")),
        _ if applied => ((status, Json(body)).into_response(), Outcome::Ok),
        _ => ((status, Json(body)).into_response(), Outcome::Status(status.as_u16())),
    }
}

fn junk(response: impl IntoResponse) -> (Response, Outcome) {
    (response.into_response(), Outcome::Error("junk".to_owned()))
}

/// What comes instead of an answer, where nothing is done.
async fn harmed(sandbox: &Sandbox, seq: u64, harm: &Harm, call: &Call) -> Option<(Response, Outcome)> {
    Some(match harm {
        Harm::Status(status) => {
            let code = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            ((code, "error").into_response(), Outcome::Status(*status))
        }
        Harm::RateLimited(seconds) => {
            let headers = [(header::RETRY_AFTER, seconds.to_string())];
            let limited = (StatusCode::TOO_MANY_REQUESTS, headers).into_response();
            (limited, Outcome::Status(429))
        }
        Harm::Error(code) => {
            let refused = (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": [code] })));
            (refused.into_response(), Outcome::Error(code.clone()))
        }
        Harm::DropBefore => (DropConnection::response(), Outcome::Dropped { applied: false }),
        Harm::HangBefore => {
            sandbox.finish(seq, Outcome::Hung { applied: false });
            sandbox.stopped().await;
            (DropConnection::response(), Outcome::Hung { applied: false })
        }
        Harm::Junk(Junk::Page) => junk(axum::response::Html("<!doctype html><h1>We are down</h1>")),
        Harm::Junk(Junk::Endless) => {
            let piece = Bytes::from(vec![b' '; 64 << 10]);
            let pieces = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
            junk(Body::from_stream(pieces))
        }
        Harm::Junk(Junk::RedirectLoop) => junk(Redirect::temporary(&format!(
            "/statuspage/v1/pages/{}/{}",
            call.page, call.id
        ))),
        Harm::DropAfter | Harm::HangAfter | Harm::Junk(Junk::InvalidJson) => return None,
    })
}

fn answer(sandbox: &Sandbox, call: &Call, headers: &HeaderMap) -> Answered {
    let error = |status: StatusCode, reason: Value| (status, json!({ "error": reason }));
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if authorization != Some(format!("OAuth {STATUSPAGE_KEY}").as_str()) {
        return error(StatusCode::UNAUTHORIZED, json!("Could not authenticate"));
    }
    if call.page != STATUSPAGE_PAGE_ID {
        return error(StatusCode::NOT_FOUND, json!("Not found"));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if call.body.is_some() && kind != Some("application/json") {
        return error(StatusCode::BAD_REQUEST, json!("the body must be JSON and say so"));
    }
    let wrong = contract::wrong(call.operation, &call.query, call.body.as_ref());
    if !wrong.is_empty() {
        return error(StatusCode::UNPROCESSABLE_ENTITY, json!(wrong));
    }
    let answered = act(sandbox, call);
    sandbox.changes().bump();
    answered
}

fn act(sandbox: &Sandbox, call: &Call) -> Answered {
    let base = sandbox.statuspage_page_url();
    let mut page = locked(&sandbox.0.statuspage);
    let sent = call
        .body
        .as_ref()
        .map(|body| body["incident"].clone())
        .unwrap_or_default();
    let number = |name: &str, default: usize| {
        let value = call.query.get(name).and_then(|value| value.parse().ok());
        value.unwrap_or(default)
    };
    let paged = |all: Vec<Value>| {
        let size = number("per_page", number("limit", 100)).clamp(1, 100);
        let skipped = number("page", 1).saturating_sub(1) * size;
        Value::Array(all.into_iter().skip(skipped).take(size).collect())
    };
    let listed = match call.method {
        "statuspage.list_components" => page.components.iter().map(component).collect(),
        "statuspage.list_groups" => {
            let group = |group: &super::page::PageGroup| {
                let of_group = page
                    .components
                    .iter()
                    .filter(|known| known.group.as_ref() == Some(&group.id));
                let components: Vec<_> = of_group.map(|component| &component.id).collect();
                json!({ "id": group.id, "name": group.name, "position": group.position, "components": components })
            };
            page.groups.iter().map(group).collect()
        }
        "statuspage.list_incidents" | "statuspage.list_unresolved" | "statuspage.list_scheduled" => {
            let wanted = |incident: &&super::PageIncident| match call.method {
                "statuspage.list_unresolved" => !incident.is_over() && incident.scheduled_for.is_none(),
                "statuspage.list_scheduled" => incident.scheduled_for.is_some(),
                _ => true,
            };
            let newest_first = page.incidents.iter().rev().filter(wanted);
            newest_first.map(|incident| page.wire(incident, &base)).collect()
        }
        "statuspage.get_incident" => {
            return match page.find(&call.id).cloned() {
                Some(incident) => (StatusCode::OK, page.wire(&incident, &base)),
                None => (StatusCode::NOT_FOUND, json!({ "error": "Not found" })),
            };
        }
        _ => {
            let (status, made) = if call.method == "statuspage.create_incident" {
                (StatusCode::CREATED, page.create(&sent))
            } else if page.find(&call.id).is_none() {
                return (StatusCode::NOT_FOUND, json!({ "error": "Not found" }));
            } else {
                (StatusCode::OK, page.apply(&call.id, &sent))
            };
            return match made {
                Ok(incident) => (status, page.wire(&incident, &base)),
                Err(reason) => (StatusCode::UNPROCESSABLE_ENTITY, json!({ "error": [reason] })),
            };
        }
    };
    (StatusCode::OK, paged(listed))
}
