//! A vendor other than Slack: what differs between them, and a call of one. It is recorded as `<vendor>.<operation>` with the
//! whole request, meets what goes wrong, and is answered. Each vendor says only what the call does.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream;
use serde_json::{Value, json};

use crate::calls::Outcome;
use crate::faults::{Fate, Harm, Held, Junk, Side};
use crate::server::DropConnection;
use crate::{Config, Sandbox};

/// An operation of a vendor: its method, its path below the vendor's base, where `*` stands for any part, and what faults
/// and barriers call it.
pub(crate) type Operation = (&'static str, &'static str, &'static str);

/// What a simulated vendor holds, and what it serves.
pub(crate) trait Part: Sized {
    /// Its calls are recorded as `<name>.<operation>`.
    const NAME: &'static str;

    /// What can be asked of it.
    const OPERATIONS: &'static [Operation];

    /// As it is at the start.
    fn new(config: &Config) -> Self;

    /// Puts it back to how it was at the start; no id is given out again.
    fn reset(&mut self, config: &Config);

    /// Its API, and `/sandbox/<name>` to look at it and change it as people do.
    fn routes() -> Router<Sandbox>;

    /// Its calls, as faults and barriers name them.
    fn methods(&self) -> BTreeSet<String> {
        let operations = Self::OPERATIONS.iter();
        operations
            .map(|(.., operation)| format!("{}.{operation}", Self::NAME))
            .collect()
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Below the vendor's base.
    pub(crate) path: String,
    /// Every value of a parameter, in the order in which they came.
    pub(crate) query: BTreeMap<String, Vec<String>>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What is recorded of a body that is a form.
    pub(crate) form: Option<Value>,
}

impl Request {
    pub(crate) fn new(method: Method, base: &str, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let mut query: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            query.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self {
            method,
            path: uri.path().strip_prefix(base).unwrap_or(uri.path()).to_owned(),
            query,
            headers,
            body,
            form: None,
        }
    }

    /// The parts of its path.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Which of a vendor's operations it is, the first that fits; `unknown` where none does.
    pub(crate) fn operation(&self, operations: &[Operation]) -> &'static str {
        let path = self.segments();
        let fits = |(method, template, _): &&Operation| {
            let template: Vec<_> = template.split('/').collect();
            let mut pairs = template.iter().zip(&path);
            self.method.as_str() == *method
                && template.len() == path.len()
                && pairs.all(|(wanted, part)| *wanted == "*" || wanted == part)
        };
        operations.iter().find(fits).map_or("unknown", |(.., name)| *name)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.first().map(String::as_str)
    }

    /// Its body; null where it is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// As it is recorded: secrets are left out.
    fn recorded(&self) -> Value {
        let shown = |name: &&str| self.header(name).map(|value| ((*name).to_owned(), json!(value)));
        let headers = ["accept", "content-type", "from", "x-atlassian-token"];
        let headers: serde_json::Map<_, _> = headers.iter().filter_map(shown).collect();
        json!({
            "method": self.method.as_str(), "path": self.path, "query": self.query, "headers": headers,
            "body": self.form.clone().unwrap_or_else(|| self.json()),
        })
    }
}

/// What a vendor answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }
}

/// Answers a call in a task of its own: what a caller asked for happens also when it does not wait for the answer.
///
/// `apply` does it; `refuse` is the body with which this vendor refuses, for faults.
pub(crate) async fn call(
    sandbox: &Sandbox,
    operation: String,
    request: Request,
    apply: impl FnOnce(&Request) -> Answer + Send + 'static,
    refuse: fn(u16, &str) -> Value,
) -> Response {
    let path = request.path.clone();
    let sandbox = sandbox.clone();
    let serving = sandbox.clone();
    let task = tokio::spawn(async move {
        let recorded = request.recorded();
        let seq = sandbox.record(&operation, recorded.clone());
        let fate = sandbox.faults().meet(&operation, &recorded);
        tokio::time::sleep(fate.latency).await;
        let (reply, outcome) = meet(&fate, || apply(&request)).await;
        sandbox.finish(seq, outcome);
        reply
    });
    match task.await.unwrap_or(Reply::Harm(Harm::Status(500))) {
        Reply::Answer(answer) => answered(answer.status, answer.body),
        Reply::Harm(harm) => harmed(&serving, harm, &path, refuse).await,
    }
}

/// What goes back to the caller.
enum Reply {
    Answer(Answer),
    Harm(Harm),
}

async fn meet(fate: &Fate, apply: impl FnOnce() -> Answer) -> (Reply, Outcome) {
    let hold = async |side: Side| {
        for held in fate.held.iter().filter(|held: &&Held| held.side == side) {
            if !held.pass().await {
                return false;
            }
        }
        true
    };
    let harm = |outcome| (Reply::Harm(fate.harm.clone().unwrap_or(Harm::DropBefore)), outcome);
    if !hold(Side::Before).await {
        return (Reply::Harm(Harm::DropBefore), Outcome::Dropped { applied: false });
    }
    match &fate.harm {
        Some(Harm::Status(status)) => return harm(Outcome::Status(*status)),
        Some(Harm::RateLimited(_)) => return harm(Outcome::Status(429)),
        Some(Harm::Error(code)) => return harm(Outcome::Error(code.clone())),
        Some(Harm::DropBefore) => return harm(Outcome::Dropped { applied: false }),
        Some(Harm::HangBefore) => return harm(Outcome::Hung { applied: false }),
        // What a success with junk asked for was done.
        Some(Harm::DropAfter | Harm::HangAfter | Harm::Junk(_)) | None => {}
    }
    let answer = apply();
    let applied = answer.status < 300;
    if !hold(Side::After).await {
        return (Reply::Harm(Harm::DropAfter), Outcome::Dropped { applied });
    }
    match &fate.harm {
        Some(Harm::DropAfter) => harm(Outcome::Dropped { applied }),
        Some(Harm::HangAfter) => harm(Outcome::Hung { applied }),
        Some(Harm::Junk(_)) => harm(Outcome::Error("junk".to_owned())),
        _ => {
            let outcome = if applied {
                Outcome::Ok
            } else {
                Outcome::Status(answer.status)
            };
            (Reply::Answer(answer), outcome)
        }
    }
}

async fn harmed(sandbox: &Sandbox, harm: Harm, path: &str, refuse: fn(u16, &str) -> Value) -> Response {
    match harm {
        Harm::Status(status) => answered(status, refuse(status, "upstream error")),
        Harm::RateLimited(seconds) => {
            let mut response = answered(429, refuse(429, "Rate Limit Exceeded"));
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            response
        }
        Harm::Error(said) => answered(400, refuse(400, &said)),
        Harm::DropBefore | Harm::DropAfter => DropConnection::response(),
        Harm::HangBefore | Harm::HangAfter => {
            sandbox.stopped().await;
            DropConnection::response()
        }
        Harm::Junk(Junk::InvalidJson) => {
            ([(header::CONTENT_TYPE, "application/json")], "{\"incident\": {").into_response()
        }
        Harm::Junk(Junk::Page) => axum::response::Html("<!doctype html><h1>We are down</h1>").into_response(),
        Harm::Junk(Junk::Endless) => {
            let piece = Bytes::from(vec![b' '; 64 << 10]);
            let pieces = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
            ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
        }
        Harm::Junk(Junk::RedirectLoop) => Redirect::temporary(path).into_response(),
    }
}

fn answered(status: u16, body: Value) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (code, axum::Json(body)).into_response()
}
