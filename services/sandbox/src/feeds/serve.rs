//! Serves the feeds, after what goes wrong has had its turn.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::stream;
use serde_json::json;

use super::render::render;
use crate::calls::Outcome;
use crate::faults::{Harm, Junk};
use crate::server::DropConnection;
use crate::{Sandbox, locked};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/feeds/{provider}/{*path}", get(serve))
}

async fn serve(
    Shared(sandbox): Shared<Sandbox>,
    Path((provider, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let method = format!("feeds.{provider}");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|etag| etag.to_str().ok());
    let args = json!({ "path": path, "if_none_match": known });
    locked(&sandbox.0.parts.feeds).polled(&provider);
    let seq = sandbox.record(&method, args.clone());
    let fate = sandbox.faults().meet(&method, &args);
    tokio::time::sleep(fate.latency).await;
    for held in &fate.held {
        if !held.pass().await {
            sandbox.finish(seq, Outcome::Dropped { applied: false });
            return DropConnection::response();
        }
    }
    let (response, outcome) = match fate.harm {
        Some(harm) => harmed(&sandbox, seq, harm, &format!("/feeds/{provider}/{path}")).await,
        None => answer(&sandbox, &provider, &path, known),
    };
    sandbox.finish(seq, outcome);
    response
}

fn answer(sandbox: &Sandbox, provider: &str, path: &str, known: Option<&str>) -> (Response, Outcome) {
    let base = format!("{}/{provider}", sandbox.feeds_url());
    let rendered = render(provider, path, &base, locked(&sandbox.0.parts.feeds).of(provider));
    let Some((kind, body)) = rendered else {
        return (StatusCode::NOT_FOUND.into_response(), Outcome::Status(404));
    };
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let etag = format!("\"{:x}\"", hasher.finish());
    if known == Some(etag.as_str()) {
        let unchanged = (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]);
        return (unchanged.into_response(), Outcome::Status(304));
    }
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::ETAG, etag)];
    ((headers, body).into_response(), Outcome::Ok)
}

async fn harmed(sandbox: &Sandbox, seq: u64, harm: Harm, path: &str) -> (Response, Outcome) {
    let junk = |response: Response| (response, Outcome::Error("junk".to_owned()));
    match harm {
        Harm::Status(status) => {
            let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            ((code, "upstream error").into_response(), Outcome::Status(status))
        }
        Harm::RateLimited(seconds) => {
            let headers = [(header::RETRY_AFTER, seconds.to_string())];
            (
                (StatusCode::TOO_MANY_REQUESTS, headers).into_response(),
                Outcome::Status(429),
            )
        }
        Harm::Error(code) => (
            (StatusCode::BAD_REQUEST, code.clone()).into_response(),
            Outcome::Error(code),
        ),
        Harm::DropBefore | Harm::DropAfter => (DropConnection::response(), Outcome::Dropped { applied: false }),
        Harm::HangBefore | Harm::HangAfter => {
            sandbox.finish(seq, Outcome::Hung { applied: false });
            sandbox.stopped().await;
            (DropConnection::response(), Outcome::Hung { applied: false })
        }
        Harm::Junk(Junk::InvalidJson) => {
            junk(([(header::CONTENT_TYPE, "application/json")], "{\"incidents\": [").into_response())
        }
        Harm::Junk(Junk::Page) => junk(axum::response::Html("<!doctype html><h1>We are down</h1>").into_response()),
        Harm::Junk(Junk::Endless) => {
            let piece = Bytes::from(vec![b' '; 64 << 10]);
            let pieces = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
            junk(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response())
        }
        Harm::Junk(Junk::RedirectLoop) => junk(Redirect::temporary(path).into_response()),
    }
}
