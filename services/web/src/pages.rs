//! The console's files, embedded from `ui/dist`.

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

use crate::router::CONTENT_SECURITY_POLICY;

#[derive(RustEmbed)]
#[folder = "ui/dist"]
struct Files;

const PAGE: &str = "index.html";
/// Stands for the nonce in the page as it is built; `vite.config.ts` has it too.
const NONCE: &str = "NONCE-OF-THIS-ANSWER";

const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>incident-bot</title>\
    <h1>The console is not built</h1><p>Build it with <code>npm ci &amp;&amp; npm run build</code> in \
    <code>services/web/ui</code>, then build this service again. The API works without it.</p>";

/// The console: its files, and its page for every other path, because it finds its way itself.
pub(crate) fn router() -> Router {
    Router::new().fallback(answer).layer(CompressionLayer::new())
}

async fn answer(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allowed = [(header::ALLOW, "GET, HEAD")];
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            allowed,
            "Only gRPC and gRPC-Web are answered here.\n",
        )
            .into_response();
    }
    let seen = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|tag| tag.to_str().ok());
    if let Some(file) = Files::get(path).filter(|_| path != PAGE) {
        return send(path, file, seen);
    }
    // A file of an older build or a call that is not there yet must not be answered with a page.
    if path.starts_with("assets/") || path.starts_with("api/") {
        return (StatusCode::NOT_FOUND, "Not found.\n").into_response();
    }
    match Files::get(PAGE) {
        Some(page) => send_page(&page),
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
    }
}

/// The page, with a nonce of its own for each answer: the component library writes styles into the page, and nobody else may.
fn send_page(page: &EmbeddedFile) -> Response {
    let nonce = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
    let page = String::from_utf8_lossy(&page.data).replace(NONCE, &nonce);
    let policy = CONTENT_SECURITY_POLICY.replace("style-src 'self'", &format!("style-src 'self' 'nonce-{nonce}'"));
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Html(page)).into_response()
}

fn send(path: &str, file: EmbeddedFile, seen: Option<&str>) -> Response {
    // The build puts a hash of its content into the name of everything below assets/.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash()));
    // A proxy that compresses marks the tag as weak.
    let is_known = seen.is_some_and(|seen| seen.split(',').any(|seen| seen.trim().trim_start_matches("W/") == tag));
    let headers = [(header::CACHE_CONTROL, caching.to_owned()), (header::ETAG, tag)];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let kind = match file.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let kind = [(header::CONTENT_TYPE, kind)];
    (headers, kind, file.data).into_response()
}
