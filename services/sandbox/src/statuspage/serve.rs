//! The API: reading a call, and what it does.

use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::any;
use serde_json::{Value, json};

use super::page::{PageGroup, component};
use super::{BASE, PageIncident, STATUSPAGE_KEY, STATUSPAGE_PAGE_ID};
use crate::vendor::{self, Answer, Operation, Request};
use crate::{Sandbox, locked};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/statuspage/v1/pages/{page}/{*path}", any(serve))
}

async fn serve(
    Shared(sandbox): Shared<Sandbox>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request::new(method, BASE, &uri, headers, body);
    let operation = format!("statuspage.{}", request.operation(OPERATIONS));
    let inner = sandbox.clone();
    let apply = move |request: &Request| {
        let answer = answer(&inner, request);
        inner.changes().bump();
        answer
    };
    vendor::call(&sandbox, operation, request, apply, refusal).await
}

/// The body of a refusal.
fn refusal(_status: u16, said: &str) -> Value {
    json!({ "error": said })
}

fn refuse(status: u16, said: &str) -> Answer {
    Answer {
        status,
        body: refusal(status, said),
    }
}

/// What can be asked.
pub(super) const OPERATIONS: &[Operation] = &[
    ("GET", "pages/*/components", "list_components"),
    ("GET", "pages/*/component-groups", "list_groups"),
    ("GET", "pages/*/incidents", "list_incidents"),
    ("POST", "pages/*/incidents", "create_incident"),
    ("GET", "pages/*/incidents/unresolved", "list_unresolved"),
    ("GET", "pages/*/incidents/scheduled", "list_scheduled"),
    ("GET", "pages/*/incidents/*", "get_incident"),
    ("PATCH", "pages/*/incidents/*", "update_incident"),
];

fn answer(sandbox: &Sandbox, request: &Request) -> Answer {
    if !locked(&sandbox.0.parts.statuspage).pace.take(Instant::now()) {
        return refuse(420, "You have exceeded the rate limit");
    }
    if request.header("authorization") != Some(format!("OAuth {STATUSPAGE_KEY}").as_str()) {
        return refuse(401, "Could not authenticate");
    }
    let path = request.segments();
    if path.get(1) != Some(&STATUSPAGE_PAGE_ID) {
        return refuse(404, "Not found");
    }
    if !request.body.is_empty() && request.header("content-type") != Some("application/json") {
        return refuse(400, "the body must be JSON and say so");
    }
    act(sandbox, request, path.last().copied().unwrap_or_default())
}

/// Does what was asked for; `id` is the last part of the path.
fn act(sandbox: &Sandbox, request: &Request, id: &str) -> Answer {
    let base = sandbox.statuspage_page_url();
    let mut page = locked(&sandbox.0.parts.statuspage);
    let listed = match request.operation(OPERATIONS) {
        "list_components" => page.components.iter().map(component).collect(),
        "list_groups" => {
            let group = |group: &PageGroup| {
                let of_group = page
                    .components
                    .iter()
                    .filter(|known| known.group.as_ref() == Some(&group.id));
                let components: Vec<_> = of_group.map(|component| &component.id).collect();
                json!({ "id": group.id, "name": group.name, "position": group.position, "components": components })
            };
            page.groups.iter().map(group).collect()
        }
        what @ ("list_incidents" | "list_unresolved" | "list_scheduled") => {
            let wanted = |incident: &&PageIncident| match what {
                "list_unresolved" => !incident.is_over() && incident.scheduled_for.is_none(),
                "list_scheduled" => incident.scheduled_for.is_some(),
                _ => true,
            };
            let newest_first = page.incidents.iter().rev().filter(wanted);
            newest_first.map(|incident| page.wire(incident, &base)).collect()
        }
        "get_incident" => {
            return match page.find(id).cloned() {
                Some(incident) => Answer::ok(page.wire(&incident, &base)),
                None => refuse(404, "Not found"),
            };
        }
        what @ ("create_incident" | "update_incident") => {
            let sent = &request.json()["incident"];
            let (status, made) = if what == "create_incident" {
                (201, page.create(sent))
            } else if page.find(id).is_none() {
                return refuse(404, "Not found");
            } else {
                (200, page.apply(id, sent))
            };
            return match made {
                Ok(incident) => Answer {
                    status,
                    body: page.wire(&incident, &base),
                },
                Err(reason) => Answer {
                    status: 422,
                    body: json!({ "error": [reason] }),
                },
            };
        }
        _ => return refuse(404, "Not found"),
    };
    paged(request, listed)
}

fn paged(request: &Request, all: Vec<Value>) -> Answer {
    let number = |name: &str, default: usize| {
        let value = request.parameter(name).and_then(|value| value.parse().ok());
        value.unwrap_or(default)
    };
    let size = number("per_page", number("limit", 100)).clamp(1, 100);
    let skipped = number("page", 1).saturating_sub(1) * size;
    Answer::ok(Value::Array(all.into_iter().skip(skipped).take(size).collect()))
}
