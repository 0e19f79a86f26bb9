//! PagerDuty's REST API: reading a call, refusing what PagerDuty refuses, and answering it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::any;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::BASE;
use super::model::{Account, Incident, Note};
use super::render::time;
use crate::Sandbox;
use crate::vendor::{self, Answer, Operation, Request};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/pagerduty/{*path}", any(serve))
}

async fn serve(
    Shared(sandbox): Shared<Sandbox>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request::new(method, BASE, &uri, headers, body);
    let operation = format!("pagerduty.{}", request.operation(OPERATIONS));
    let inner = sandbox.clone();
    let apply = move |request: &Request| inner.change_pagerduty(|account| answer(account, request));
    vendor::call(&sandbox, operation, request, apply, refusal).await
}

/// The body of a refusal.
fn refusal(status: u16, said: &str) -> Value {
    let code = match status {
        401 => 2006,
        403 => 2010,
        404 => 2100,
        429 => 2020,
        _ => 2001,
    };
    json!({ "error": { "code": code, "message": said, "errors": [] } })
}

fn refuse(status: u16, code: u32, message: &str, errors: &[&str]) -> Answer {
    Answer {
        status,
        body: json!({ "error": { "code": code, "message": message, "errors": errors } }),
    }
}

fn not_found() -> Answer {
    refuse(404, 2100, "Not Found", &[])
}

/// What can be asked.
pub(super) const OPERATIONS: &[Operation] = &[
    ("GET", "users", "list_users"),
    ("GET", "services", "list_services"),
    ("GET", "schedules", "list_schedules"),
    ("GET", "escalation_policies", "list_escalation_policies"),
    ("GET", "escalation_policies/*", "get_escalation_policy"),
    ("GET", "oncalls", "list_on_calls"),
    ("GET", "abilities", "list_abilities"),
    ("GET", "incidents", "list_incidents"),
    ("POST", "incidents", "create_incident"),
    ("GET", "incidents/*", "get_incident"),
    ("PUT", "incidents/*", "update_incident"),
    ("GET", "incidents/*/notes", "list_notes"),
    ("POST", "incidents/*/notes", "add_note"),
];

fn answer(account: &mut Account, request: &Request) -> Answer {
    let authorized = format!("Token token={}", account.token);
    if request.header("authorization") != Some(authorized.as_str()) {
        return refuse(401, 2006, "Unauthorized", &[]);
    }
    if request.header("accept") != Some("application/vnd.pagerduty+json;version=2") {
        return refuse(406, 2005, "The Accept header must name version 2", &[]);
    }
    if request.header("content-type") != Some("application/json") {
        return refuse(415, 2001, "The Content-Type must be application/json", &[]);
    }
    let path = request.segments();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["abilities"]) => Answer::ok(json!({ "abilities": account.abilities })),
        ("GET", ["escalation_policies", id]) => match account.policy(id) {
            Some(policy) => Answer::ok(json!({ "escalation_policy": account.show_policy(policy) })),
            None => not_found(),
        },
        ("GET", ["incidents", id]) => match find(account, id) {
            Some(incident) => Answer::ok(json!({ "incident": account.show_incident(incident) })),
            None => not_found(),
        },
        ("GET", ["incidents", id, "notes"]) => match find(account, id) {
            Some(incident) => Answer::ok(json!({ "notes": notes(account, incident) })),
            None => not_found(),
        },
        ("GET", [what]) => match listed(account, request, what) {
            Some(all) => page(request, what, all),
            None => not_found(),
        },
        (_, ["incidents", ..]) => write(account, request, &path),
        _ => not_found(),
    }
}

fn find<'a>(account: &'a Account, id: &str) -> Option<&'a Incident> {
    account.incidents.iter().find(|incident| incident.id == id)
}

fn notes(account: &Account, incident: &Incident) -> Vec<Value> {
    let shown = |note: &Note| {
        json!({
            "id": note.id, "user": account.user_reference(&note.user), "content": note.content,
            "channel": { "summary": "The PagerDuty website or APIs" }, "created_at": time(note.at),
        })
    };
    incident.notes.iter().map(shown).collect()
}

fn listed(account: &Account, request: &Request, what: &str) -> Option<Vec<Value>> {
    let moment = |name: &str| -> Option<DateTime<Utc>> { request.parameter(name)?.parse().ok() };
    Some(match what {
        "users" => account.users.iter().map(Account::show_user).collect(),
        "services" => account.services.iter().map(|one| account.show_service(one)).collect(),
        "schedules" => account.schedules.iter().map(|one| account.show_schedule(one)).collect(),
        "escalation_policies" => {
            let query = request.parameter("query").unwrap_or_default().to_lowercase();
            let found = account
                .policies
                .iter()
                .filter(|one| one.name.to_lowercase().contains(&query));
            found.map(|one| account.show_policy(one)).collect()
        }
        "oncalls" => {
            let now = Utc::now();
            account.on_calls(moment("since").unwrap_or(now), moment("until").unwrap_or(now))
        }
        "incidents" => {
            // Without `date_range` PagerDuty shows those of the last month; here there are no older ones.
            let key = request.parameter("incident_key");
            let of_key = account
                .incidents
                .iter()
                .filter(|incident| key.is_none_or(|key| incident.key == key));
            of_key.map(|incident| account.show_incident(incident)).collect()
        }
        _ => return None,
    })
}

fn page(request: &Request, what: &str, all: Vec<Value>) -> Answer {
    let number = |name: &str, default: usize| match request.parameter(name) {
        None => Some(default),
        Some(text) => text.parse().ok(),
    };
    let (Some(limit), Some(offset)) = (number("limit", 25), number("offset", 0)) else {
        return refuse(
            400,
            2001,
            "Invalid Input Provided",
            &["Limit and offset must be numbers."],
        );
    };
    if limit == 0 || limit > 100 {
        return refuse(
            400,
            2001,
            "Invalid Input Provided",
            &["Limit must be between 1 and 100."],
        );
    }
    if offset + limit > 10_000 {
        return refuse(
            400,
            2002,
            "Arguments Caused Error",
            &["Offset and limit together must not exceed 10000"],
        );
    }
    let more = all.len() > offset + limit;
    let items: Vec<_> = all.into_iter().skip(offset).take(limit).collect();
    Answer::ok(json!({ (what): items, "limit": limit, "offset": offset, "more": more, "total": null }))
}

fn write(account: &mut Account, request: &Request, path: &[&str]) -> Answer {
    let Some(from) = request.header("from") else {
        return refuse(400, 2001, "Invalid Input Provided", &["From header is required."]);
    };
    let Some(user) = account.users.iter().find(|user| user.email.eq_ignore_ascii_case(from)) else {
        return refuse(400, 1008, "Requester User Not Found", &[]);
    };
    let user = user.id.clone();
    let body = request.json();
    match (request.method.as_str(), path) {
        ("POST", ["incidents"]) => create(account, &body["incident"], &user),
        ("PUT", ["incidents", id]) => update(account, id, &body["incident"], &user),
        ("POST", ["incidents", id, "notes"]) => {
            let Some(content) = body["note"]["content"].as_str().filter(|content| !content.is_empty()) else {
                return refuse(400, 2001, "Invalid Input Provided", &["Note content cannot be empty."]);
            };
            let note = Note {
                id: account.next_id('P'),
                user,
                content: content.to_owned(),
                at: Utc::now(),
            };
            let Some(incident) = account.incidents.iter_mut().find(|incident| incident.id == *id) else {
                return not_found();
            };
            incident.notes.push(note);
            let incident = incident.clone();
            Answer::ok(json!({ "note": notes(account, &incident).pop() }))
        }
        _ => not_found(),
    }
}

fn create(account: &mut Account, new: &Value, user: &str) -> Answer {
    let invalid = |error: &str| refuse(400, 2001, "Invalid Input Provided", &[error]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (title, key) = (text(&new["title"]), text(&new["incident_key"]));
    if new["type"] != "incident" {
        return invalid("Type must be incident.");
    }
    if title.is_empty() {
        return invalid("Title cannot be blank.");
    }
    let service = text(&new["service"]["id"]);
    // What an argument names and is not there is answered with the same number as a key that is taken.
    let wrong = |error: &str| refuse(400, 2002, "Arguments Caused Error", &[error]);
    let Some(service) = account.services.iter().find(|known| known.id == service) else {
        return wrong("Service not found");
    };
    if service.status == "disabled" {
        return wrong("Service is disabled");
    }
    let service = service.clone();
    let urgency = new["urgency"].as_str();
    if urgency.is_some_and(|urgency| !matches!(urgency, "high" | "low")) {
        return invalid("Urgency must be high or low.");
    }
    if urgency.is_some() && !account.abilities.contains("urgencies") {
        let mut refused = refuse(
            402,
            2014,
            "Account does not have the abilities to perform the action",
            &[],
        );
        refused.body["error"]["required_abilities"] = json!(["urgencies"]);
        return refused;
    }
    let mut assigned: Vec<String> = new["assignments"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|assignment| text(&assignment["assignee"]["id"]))
        .collect();
    let policy = match new["escalation_policy"]["id"].as_str() {
        Some(_) if !assigned.is_empty() => {
            return invalid("Assignments cannot be given with an escalation policy.");
        }
        Some(policy) if account.policy(policy).is_none() => return wrong("Escalation policy not found"),
        Some(policy) => Some(policy.to_owned()),
        None if assigned.is_empty() => Some(service.policy.clone()),
        None => None,
    };
    if assigned.iter().any(|user| account.user(user).is_none()) {
        return wrong("Assignee not found");
    }
    let is_taken =
        |incident: &Incident| incident.key == key && incident.service == service.id && incident.status != "resolved";
    if !key.is_empty() && account.incidents.iter().any(is_taken) {
        return wrong("Open incident with matching dedup key already exists on this service");
    }
    let now = Utc::now();
    if let Some(policy) = &policy {
        assigned = account.first_called(policy, now);
    }
    let incident = Incident {
        id: account.next_id('Q'),
        number: account.incidents.len() as u64 + 1,
        title,
        details: text(&new["body"]["details"]),
        service: service.id,
        policy,
        urgency: urgency.unwrap_or("high").to_owned(),
        status: "triggered".to_owned(),
        key,
        assigned,
        acknowledged_by: None,
        changed_by: user.to_owned(),
        changed_at: now,
        created_at: now,
        notes: Vec::new(),
    };
    let body = json!({ "incident": account.show_incident(&incident) });
    account.incidents.push(incident);
    Answer { status: 201, body }
}

fn update(account: &mut Account, id: &str, change: &Value, user: &str) -> Answer {
    let Some(status) = change["status"].as_str() else {
        return refuse(
            400,
            2001,
            "Invalid Input Provided",
            &["Only the status is changed here."],
        );
    };
    match find(account, id) {
        None => return not_found(),
        Some(incident) if incident.status == "resolved" && status == "resolved" => {
            return refuse(400, 2001, "Invalid Input Provided", &["Incident Already Resolved"]);
        }
        Some(_) => {}
    }
    if !account.change(id, user, status) {
        return refuse(400, 2001, "Invalid Input Provided", &["Status is not one."]);
    }
    let shown = find(account, id).map(|incident| account.show_incident(incident));
    Answer::ok(json!({ "incident": shown }))
}
