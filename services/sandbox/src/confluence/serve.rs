//! The API, after what goes wrong has had its turn.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Query, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, put};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::state::{Refused, State, refused, show};
use super::{CONFLUENCE_TOKEN, CONFLUENCE_USERNAME};
use crate::calls::Outcome;
use crate::faults::{Harm, Held, Side};
use crate::server::DropConnection;
use crate::{Sandbox, locked};

type Answer = Result<Value, Refused>;
type Parameters = Query<BTreeMap<String, String>>;

pub(crate) fn routes() -> Router<Sandbox> {
    let v2 = "/confluence/wiki/api/v2";
    let v1 = "/confluence/wiki/rest/api";
    Router::new()
        .route(&format!("{v2}/spaces"), get(spaces))
        .route(&format!("{v2}/pages"), get(find).post(create))
        .route(&format!("{v2}/pages/{{id}}"), get(read).put(update))
        .route(&format!("{v2}/pages/{{id}}/attachments"), get(attachments))
        .route(
            &format!("{v1}/content/{{id}}/child/attachment"),
            put(attach).post(attach),
        )
        .route(&format!("{v1}/search/user"), get(people))
        .route("/confluence/wiki/spaces/{space}/pages/{id}", get(look))
}

async fn spaces(Shared(sandbox): Shared<Sandbox>, headers: HeaderMap, Query(query): Parameters) -> Response {
    let keys = query.get("keys").cloned().unwrap_or_default();
    let args = json!({ "query": query });
    run(&sandbox, "confluence.find_space", args, &headers, move |_, _| {
        Ok(State::spaces(&keys))
    })
    .await
}

async fn find(Shared(sandbox): Shared<Sandbox>, headers: HeaderMap, Query(query): Parameters) -> Response {
    let args = json!({ "query": query });
    run(&sandbox, "confluence.find_page", args, &headers, move |state, site| {
        if query.get("space-id").is_none_or(|space| !State::is_space(space)) {
            return Err(refused(400, "space-id is not valid"));
        }
        let with_body = query.contains_key("body-format");
        let found = query.get("title").and_then(|title| state.titled(title));
        let found: Vec<_> = found.map(|page| show(page, site, with_body)).into_iter().collect();
        Ok(json!({ "results": found, "_links": {} }))
    })
    .await
}

async fn create(Shared(sandbox): Shared<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    let wanted: Value = serde_json::from_slice(&body).unwrap_or_default();
    let args = json!({ "body": wanted });
    run(
        &sandbox,
        "confluence.create_page",
        args,
        &headers,
        move |state, site| {
            let page = state.create(&wanted)?;
            Ok(show(&page, site, false))
        },
    )
    .await
}

async fn read(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Query(query): Parameters,
) -> Response {
    let args = json!({ "query": query, "id": id });
    run(&sandbox, "confluence.get_page", args, &headers, move |state, site| {
        Ok(show(state.page(&id)?, site, query.contains_key("body-format")))
    })
    .await
}

async fn update(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let wanted: Value = serde_json::from_slice(&body).unwrap_or_default();
    let args = json!({ "id": id, "body": wanted });
    run(
        &sandbox,
        "confluence.update_page",
        args,
        &headers,
        move |state, site| {
            let page = state.update(&id, &wanted)?;
            Ok(show(&page, site, false))
        },
    )
    .await
}

async fn attachments(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Query(query): Parameters,
) -> Response {
    let args = json!({ "query": query, "id": id });
    run(
        &sandbox,
        "confluence.find_attachment",
        args,
        &headers,
        move |state, _| {
            let wanted = query.get("filename");
            let found = state.page(&id)?.attachments.iter();
            let found: Vec<_> = found
                .filter(|one| wanted.is_none_or(|name| *name == one.name))
                .map(|one| json!({ "title": one.name, "mediaType": one.media_type, "fileSize": one.size }))
                .collect();
            Ok(json!({ "results": found, "_links": {} }))
        },
    )
    .await
}

async fn attach(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>, request: Request) -> Response {
    let headers = request.headers().clone();
    let mut file = None;
    let mut minor = false;
    if let Ok(mut form) = Multipart::from_request(request, &()).await {
        while let Ok(Some(field)) = form.next_field().await {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let kind = field.content_type().unwrap_or_default().to_owned();
            let Ok(bytes) = field.bytes().await else { break };
            match (name.as_str(), file_name) {
                ("file", Some(file_name)) => file = Some((file_name, kind, bytes)),
                ("minorEdit", _) => minor = true,
                _ => {}
            }
        }
    }
    let token = headers.get("x-atlassian-token").and_then(|token| token.to_str().ok());
    let checked = matches!(token, Some("nocheck" | "no-check"));
    let name = file.as_ref().map(|(name, ..)| name.clone());
    let args = json!({ "id": id, "file": name, "minorEdit": minor });
    run(&sandbox, "confluence.attach", args, &headers, move |state, _| {
        if !checked {
            return Err((403, json!({ "message": "XSRF check failed" })));
        }
        let (Some((name, kind, bytes)), true) = (file, minor) else {
            return Err(refused(400, "file and minorEdit must be provided"));
        };
        state.attach(&id, &name, &kind, &bytes)
    })
    .await
}

async fn people(Shared(sandbox): Shared<Sandbox>, headers: HeaderMap, Query(query): Parameters) -> Response {
    let cql = query.get("cql").cloned().unwrap_or_default();
    let wanted = cql.split('"').nth(1).unwrap_or_default().to_lowercase();
    let found: Vec<_> = sandbox.look(|state| {
        let users = state
            .users()
            .filter(|user| !wanted.is_empty() && user.email.to_lowercase() == wanted);
        users
            .map(|user| {
                json!({
                    "title": user.name, "entityType": "user", "excerpt": "", "url": "", "breadcrumbs": [],
                    "iconCssClass": "", "lastModified": "2026-01-01T00:00:00.000Z",
                    "user": { "type": "known", "accountId": format!("712020:{}", user.id), "email": user.email },
                })
            })
            .collect()
    });
    let args = json!({ "query": query });
    run(&sandbox, "confluence.search_people", args, &headers, move |_, _| {
        if !cql.starts_with("user.fullname~\"") {
            return Err(refused(400, "Could not parse cql"));
        }
        Ok(json!({
            "results": found, "start": 0, "limit": 10, "size": found.len(), "totalSize": found.len(), "cqlQuery": cql,
            "searchDuration": 1, "_links": {},
        }))
    })
    .await
}

/// The page as a person reads it, near enough to try it.
async fn look(Shared(sandbox): Shared<Sandbox>, Path((_, id)): Path<(String, String)>) -> Response {
    let state = locked(&sandbox.0.confluence);
    let Ok(page) = state.page(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Bodies hold no scripts of ours, and nothing else may run here.
    let policy = [(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'",
    )];
    let title = page.title.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>{title}</title><style>body{{font:16px/1.5 sans-serif;max-width:60em;\
         margin:2em auto}}td,th{{border:1px solid #ccc;padding:.3em}}table{{border-collapse:collapse}}</style>\
         <p>Version {}</p><h1>{title}</h1>{}",
        page.version, page.body
    );
    (policy, Html(page)).into_response()
}

/// What goes back to the caller.
enum Reply {
    Answer(Answer),
    Status(u16),
    RateLimited(u64),
    Junk,
    Drop,
    Hang,
}

/// Runs a call in a task of its own: what was asked for happens also when nobody waits for the answer.
async fn run(
    sandbox: &Sandbox,
    method: &'static str,
    args: Value,
    headers: &HeaderMap,
    apply: impl FnOnce(&mut State, &str) -> Answer + Send + 'static,
) -> Response {
    let who = STANDARD.encode(format!("{CONFLUENCE_USERNAME}:{CONFLUENCE_TOKEN}"));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let signed_in = given == Some(format!("Basic {who}").as_str());
    let task = {
        let sandbox = sandbox.clone();
        tokio::spawn(async move {
            let seq = sandbox.record(method, args.clone());
            let apply = || {
                if !signed_in {
                    return Err((401, json!({ "message": "Unauthorized" })));
                }
                let site = sandbox.confluence_url();
                let answer = apply(&mut locked(&sandbox.0.confluence), &site);
                sandbox.changes().bump();
                answer
            };
            let (reply, outcome) = meet(&sandbox, method, &args, apply).await;
            sandbox.finish(seq, outcome);
            reply
        })
    };
    match task.await.unwrap_or(Reply::Status(500)) {
        Reply::Answer(Ok(body)) => axum::Json(body).into_response(),
        Reply::Answer(Err((status, body))) => (code(status), axum::Json(body)).into_response(),
        Reply::Status(status) => (code(status), "upstream error").into_response(),
        Reply::RateLimited(seconds) => {
            let headers = [(header::RETRY_AFTER, seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, headers).into_response()
        }
        Reply::Junk => ([(header::CONTENT_TYPE, "application/json")], "{\"results\": [").into_response(),
        Reply::Drop => DropConnection::response(),
        Reply::Hang => {
            sandbox.stopped().await;
            DropConnection::response()
        }
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn meet(sandbox: &Sandbox, method: &str, args: &Value, apply: impl FnOnce() -> Answer) -> (Reply, Outcome) {
    let fate = sandbox.faults().meet(method, args);
    tokio::time::sleep(fate.latency).await;
    let hold = async |side: Side| {
        for held in fate.held.iter().filter(|held: &&Held| held.side == side) {
            if !held.pass().await {
                return false;
            }
        }
        true
    };
    if !hold(Side::Before).await {
        return (Reply::Drop, Outcome::Dropped { applied: false });
    }
    match &fate.harm {
        Some(Harm::Status(status)) => return (Reply::Status(*status), Outcome::Status(*status)),
        Some(Harm::RateLimited(after)) => return (Reply::RateLimited(*after), Outcome::Status(429)),
        Some(Harm::Error(code)) => return (Reply::Answer(Err(refused(400, code))), Outcome::Error(code.clone())),
        Some(Harm::DropBefore) => return (Reply::Drop, Outcome::Dropped { applied: false }),
        Some(Harm::HangBefore) => return (Reply::Hang, Outcome::Hung { applied: false }),
        Some(Harm::DropAfter | Harm::HangAfter | Harm::Junk(_)) | None => {}
    }
    let answer = apply();
    let applied = answer.is_ok();
    if !hold(Side::After).await {
        return (Reply::Drop, Outcome::Dropped { applied });
    }
    match &fate.harm {
        Some(Harm::DropAfter) => (Reply::Drop, Outcome::Dropped { applied }),
        Some(Harm::HangAfter) => (Reply::Hang, Outcome::Hung { applied }),
        Some(Harm::Junk(_)) => (Reply::Junk, Outcome::Error("junk".to_owned())),
        _ => {
            let outcome = match &answer {
                Ok(_) => Outcome::Ok,
                Err((status, _)) => Outcome::Status(*status),
            };
            (Reply::Answer(answer), outcome)
        }
    }
}
