//! The page at `/`: Slack in the browser, to act in as any of the people.
//!
//! Its files come from `ui/dist`, which `npm run build` makes. A build without them works too and
//! says at `/` how to make them.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "ui/dist"]
#[allow_missing = true]
struct Files;

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>Sandbox</title><body style=\"font: 16px/1.5 sans-serif; max-width: 40em; margin: 4em auto\">\
<h1>The sandbox is running</h1><p>Its page was not built. Build it and reload:</p>\
<pre>cd services/sandbox/ui &amp;&amp; npm ci &amp;&amp; npm run build</pre>\
<p>Release builds take the page in when they are compiled, so compile again after that.</p>";

pub(crate) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Files::get(path) {
        return answer(path, file.data.into_owned(), kind(path));
    }
    // The page's own addresses have no dot; what has one and is not there is missing.
    if path.contains('.') && !path.starts_with("archives/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Files::get("index.html") {
        Some(index) => answer("index.html", index.data.into_owned(), kind("index.html")),
        None => Html(NOT_BUILT).into_response(),
    }
}

fn answer(path: &str, bytes: Vec<u8>, kind: &'static str) -> Response {
    // Built files carry a hash of their content in their names.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)], bytes).into_response()
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}
