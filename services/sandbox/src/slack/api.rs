//! The Web API over HTTP: reading a call, letting it meet what goes wrong, and answering it.

use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};

use super::args::Args;
use super::error::{Answer, Refusal};
use super::methods::{self, Context};
use super::rate::Tier;
use crate::Sandbox;
use crate::calls::Outcome;
use crate::faults::{Harm, Held, Side};
use crate::server::DropConnection;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/api/{method}", any(call))
        .route("/link/", get(link))
        .route("/respond/{key}", post(respond))
        .route("/upload/{id}", post(upload).put(upload))
        .route("/files-pri/{id}", get(download))
}

/// What goes back to the caller.
enum Reply {
    Answer(Answer),
    Status(u16),
    RateLimited(u64),
    Drop,
    Hang,
}

async fn call(
    Shared(sandbox): Shared<Sandbox>,
    Path(method): Path<String>,
    query: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let read = read_args(&method, &query, &headers, &body);
    let mut args = read.clone().unwrap_or_default();
    let token = bearer(&headers).or_else(|| args.take_token());
    let base_url = base_url(&sandbox, &headers);
    let apply = {
        let sandbox = sandbox.clone();
        let method = method.clone();
        let args = args.clone();
        move || {
            read?;
            sandbox.change(|state, app| {
                let ticket = || sandbox.sockets().open_ticket();
                let mut context = Context {
                    state,
                    app,
                    args: &args,
                    base_url: &base_url,
                    trigger_life: sandbox.timing().trigger_life,
                    ticket: &ticket,
                };
                methods::perform(&method, token.as_deref(), &mut context)
            })
        }
    };
    let tier = methods::find(&method).map(|method| method.tier);
    let reply = run(&sandbox, method, args, tier, apply).await;
    let mut response = respond_with(&sandbox, reply, false).await;
    let scopes: Vec<String> = sandbox.app().scopes.iter().cloned().collect();
    if let Ok(value) = scopes.join(",").parse() {
        response.headers_mut().insert("x-oauth-scopes", value);
    }
    response
}

/// Runs a call in a task of its own: as with Slack, what a caller asked for happens also when it
/// does not wait for the answer.
async fn run(
    sandbox: &Sandbox,
    method: String,
    args: Args,
    tier: Option<Tier>,
    apply: impl FnOnce() -> Answer + Send + 'static,
) -> Reply {
    let sandbox = sandbox.clone();
    let task = tokio::spawn(async move {
        let recorded = args.to_json();
        let seq = sandbox.record(&method, recorded.clone());
        let (reply, outcome) = meet(&sandbox, &method, &args, &recorded, tier, apply).await;
        sandbox.finish(seq, outcome);
        reply
    });
    task.await.unwrap_or(Reply::Status(500))
}

async fn meet(
    sandbox: &Sandbox,
    method: &str,
    args: &Args,
    recorded: &Value,
    tier: Option<Tier>,
    apply: impl FnOnce() -> Answer + Send,
) -> (Reply, Outcome) {
    if let Some(tier) = tier {
        let channel = args.text("channel");
        let taken = sandbox.limiter().take(method, tier, channel.as_deref(), Instant::now());
        if let Err(wait) = taken {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            return (Reply::RateLimited(seconds.max(1)), Outcome::Status(429));
        }
    }
    let fate = sandbox.faults().meet(method, recorded);
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
        Some(Harm::Junk(_)) => return (Reply::Status(502), Outcome::Status(502)),
        Some(Harm::RateLimited(after)) => {
            return (Reply::RateLimited(*after), Outcome::Status(429));
        }
        Some(Harm::Error(code)) => {
            let refusal = Refusal::new(code);
            return (Reply::Answer(Err(refusal)), Outcome::Error(code.clone()));
        }
        Some(Harm::DropBefore) => return (Reply::Drop, Outcome::Dropped { applied: false }),
        Some(Harm::HangBefore) => return (Reply::Hang, Outcome::Hung { applied: false }),
        Some(Harm::DropAfter | Harm::HangAfter) | None => {}
    }
    let answer = apply();
    let applied = answer.is_ok();
    if !hold(Side::After).await {
        return (Reply::Drop, Outcome::Dropped { applied });
    }
    match &fate.harm {
        Some(Harm::DropAfter) => (Reply::Drop, Outcome::Dropped { applied }),
        Some(Harm::HangAfter) => (Reply::Hang, Outcome::Hung { applied }),
        _ => {
            let outcome = match &answer {
                Ok(_) => Outcome::Ok,
                Err(refusal) => Outcome::Error(refusal.code.clone()),
            };
            (Reply::Answer(answer), outcome)
        }
    }
}

async fn respond_with(sandbox: &Sandbox, reply: Reply, plain: bool) -> Response {
    match reply {
        Reply::Answer(Ok(_)) if plain => "ok".into_response(),
        Reply::Answer(Ok(mut body)) => {
            body["ok"] = json!(true);
            axum::Json(body).into_response()
        }
        Reply::Answer(Err(refusal)) if plain => (StatusCode::NOT_FOUND, refusal.code).into_response(),
        Reply::Answer(Err(refusal)) => axum::Json(refusal.body()).into_response(),
        Reply::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "upstream error").into_response()
        }
        Reply::RateLimited(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, seconds.to_string())],
            axum::Json(json!({ "ok": false, "error": "ratelimited" })),
        )
            .into_response(),
        Reply::Drop => DropConnection::response(),
        Reply::Hang => {
            sandbox.stopped().await;
            DropConnection::response()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn base_url(sandbox: &Sandbox, headers: &HeaderMap) -> String {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .map_or_else(|| sandbox.url(), |host| format!("http://{host}"))
}

fn read_args(method: &str, uri: &axum::http::Uri, headers: &HeaderMap, body: &[u8]) -> Result<Args, Refusal> {
    let mut args = Args::from_urlencoded(uri.query().unwrap_or_default().as_bytes());
    if body.is_empty() {
        return Ok(args);
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => {
            // A method that reads forms only takes no notice of a JSON body.
            if methods::find(method).is_none_or(|method| method.json) {
                match serde_json::from_slice(body) {
                    Ok(Value::Object(map)) => args.extend(Args::new(map)),
                    Ok(_) => return Err("json_not_object".into()),
                    Err(_) => return Err("invalid_json".into()),
                }
            }
        }
        "application/x-www-form-urlencoded" => args.extend(Args::from_urlencoded(body)),
        "" => return Err("missing_post_type".into()),
        _ => return Err("invalid_post_type".into()),
    }
    Ok(args)
}

async fn respond(Shared(sandbox): Shared<Sandbox>, Path(key): Path<String>, body: Bytes) -> Response {
    let Ok(Value::Object(map)) = serde_json::from_slice(&body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload").into_response();
    };
    let args = Args::new(map);
    let apply = {
        let sandbox = sandbox.clone();
        let args = args.clone();
        move || sandbox.change(|state, app| methods::respond(state, app, &key, &args))
    };
    let reply = run(&sandbox, "response_url".to_owned(), args, None, apply).await;
    respond_with(&sandbox, reply, true).await
}

async fn upload(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>, body: Bytes) -> Response {
    let args = Args::new(
        [("file".to_owned(), json!(id)), ("length".to_owned(), json!(body.len()))]
            .into_iter()
            .collect(),
    );
    let apply = {
        let sandbox = sandbox.clone();
        move || {
            sandbox.change(|state, _| {
                let file = state.files.get_mut(&id).ok_or_else(|| Refusal::new("file_not_found"))?;
                if file.length != body.len() {
                    return Err("length_mismatch".into());
                }
                file.bytes = body.to_vec();
                Ok(json!({}))
            })
        }
    };
    let reply = run(&sandbox, "upload".to_owned(), args, None, apply).await;
    respond_with(&sandbox, reply, true).await
}

/// Gives a file to whoever has the bot's token and may read files; others get the page to sign in, as with Slack.
async fn download(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let app = sandbox.app();
    if bearer(&headers).as_deref() != Some(app.bot_token.as_str()) || !app.has_scope("files:read") {
        return axum::response::Html("<!DOCTYPE html><title>Sign in</title>").into_response();
    }
    let args = Args::new([("file".to_owned(), json!(id))].into_iter().collect());
    let found = sandbox.look(|state| {
        let file = state.files.get(&id)?;
        Some((file.mimetype.clone(), file.bytes.clone()))
    });
    let apply = {
        let there = found.is_some();
        move || {
            if there {
                Ok(json!({}))
            } else {
                Err("file_not_found".into())
            }
        }
    };
    match (
        run(&sandbox, "files.download".to_owned(), args, None, apply).await,
        found,
    ) {
        (Reply::Answer(Ok(_)), Some((mimetype, bytes))) => ([(header::CONTENT_TYPE, mimetype)], bytes).into_response(),
        (reply, _) => respond_with(&sandbox, reply, true).await,
    }
}

#[derive(serde::Deserialize)]
struct Ticket {
    ticket: String,
}

async fn link(
    Shared(sandbox): Shared<Sandbox>,
    Query(Ticket { ticket }): Query<Ticket>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !sandbox.sockets().take_ticket(&ticket) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let sockets = sandbox.sockets();
    upgrade.on_upgrade(move |socket| sockets.serve(socket))
}
