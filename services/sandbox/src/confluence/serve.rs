//! The API: reading a call, and what it does.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Path, Query, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::state::{Refused, State, refused, show, shown_property};
use super::{BASE, CONFLUENCE_TOKEN, CONFLUENCE_USERNAME, read};
use crate::vendor::{self, Operation, Request};
use crate::{Sandbox, locked};

type Answer = Result<Value, Refused>;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/confluence/wiki/spaces/{space}/pages/{id}", get(look))
        .route("/confluence/wiki/download/{id}", get(download))
        .route("/confluence/wiki/api/{*path}", any(serve))
        .route("/confluence/wiki/rest/{*path}", any(serve))
}

async fn serve(
    Shared(sandbox): Shared<Sandbox>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut request = Request::new(method, BASE, &uri, headers, body);
    let form = Form::read(&request).await;
    request.form = form.as_ref().map(Form::shown);
    let operation = format!("confluence.{}", request.operation(OPERATIONS));
    let inner = sandbox.clone();
    let apply = move |request: &Request| {
        let answer = answer(&inner, request, form);
        inner.changes().bump();
        match answer {
            Ok(body) => vendor::Answer::ok(body),
            Err((status, body)) => vendor::Answer { status, body },
        }
    };
    vendor::call(&sandbox, operation, request, apply, |status, said| {
        refused(status, said).1
    })
    .await
}

/// A file that is sent with what is said of it.
struct Form {
    name: String,
    media_type: String,
    bytes: Bytes,
    minor: Option<String>,
}

impl Form {
    async fn read(request: &Request) -> Option<Self> {
        let kind = request.headers.get(header::CONTENT_TYPE)?.clone();
        let whole = axum::http::Request::builder().header(header::CONTENT_TYPE, kind);
        let whole = whole.body(Body::from(request.body.clone())).ok()?;
        let mut form = Multipart::from_request(whole, &()).await.ok()?;
        let (mut file, mut minor) = (None, None);
        while let Ok(Some(field)) = form.next_field().await {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let media_type = field.content_type().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.ok()?;
            match (name.as_str(), file_name) {
                ("file", Some(file_name)) => file = Some((file_name, media_type, bytes)),
                ("minorEdit", _) => minor = Some(String::from_utf8_lossy(&bytes).into_owned()),
                _ => {}
            }
        }
        let (name, media_type, bytes) = file?;
        Some(Self {
            name,
            media_type,
            bytes,
            minor,
        })
    }

    /// As it is recorded.
    fn shown(&self) -> Value {
        let mut shown = json!({ "file": self.name });
        if let Some(minor) = &self.minor {
            shown["minorEdit"] = json!(minor);
        }
        shown
    }
}

/// What can be asked.
pub(super) const OPERATIONS: &[Operation] = &[
    ("GET", "wiki/api/v2/spaces", "find_space"),
    ("GET", "wiki/api/v2/pages", "find_page"),
    ("POST", "wiki/api/v2/pages", "create_page"),
    ("GET", "wiki/api/v2/pages/*", "get_page"),
    ("PUT", "wiki/api/v2/pages/*", "update_page"),
    ("GET", "wiki/api/v2/pages/*/attachments", "find_attachment"),
    ("GET", "wiki/api/v2/pages/*/properties", "find_property"),
    ("POST", "wiki/api/v2/pages/*/properties", "add_property"),
    ("PUT", "wiki/api/v2/pages/*/properties/*", "update_property"),
    ("PUT", "wiki/rest/api/content/*/child/attachment", "attach"),
    ("POST", "wiki/rest/api/content/*/child/attachment", "attach"),
    ("GET", "wiki/rest/api/search/user", "search_people"),
];

fn answer(sandbox: &Sandbox, request: &Request, form: Option<Form>) -> Answer {
    let who = STANDARD.encode(format!("{CONFLUENCE_USERNAME}:{CONFLUENCE_TOKEN}"));
    if request.header("authorization") != Some(format!("Basic {who}").as_str()) {
        return Err((401, json!({ "message": "Unauthorized" })));
    }
    let path = request.segments();
    let site = sandbox.confluence_url();
    let state = &mut *locked(&sandbox.0.parts.confluence);
    match (request.operation(OPERATIONS), path.as_slice()) {
        ("find_space", _) => Ok(State::spaces(request.parameter("keys").unwrap_or_default())),
        ("find_page", _) => {
            if request
                .parameter("space-id")
                .is_none_or(|space| !State::is_space(space))
            {
                return Err(refused(400, "space-id is not valid"));
            }
            let with_body = request.parameter("body-format").is_some();
            let found = request.parameter("title").and_then(|title| state.titled(title));
            let found: Vec<_> = found.map(|page| show(page, &site, with_body)).into_iter().collect();
            Ok(json!({ "results": found, "_links": {} }))
        }
        ("create_page", _) => Ok(show(&state.create(&request.json())?, &site, false)),
        ("get_page", [.., id]) => Ok(show(state.page(id)?, &site, request.parameter("body-format").is_some())),
        ("update_page", [.., id]) => Ok(show(&state.update(id, &request.json())?, &site, false)),
        ("find_attachment", [.., id, _]) => {
            let wanted = request.parameter("filename");
            let found = state.page(id)?.attachments.iter();
            let found: Vec<_> = found
                .filter(|one| wanted.is_none_or(|name| *name == one.name))
                .map(|one| json!({ "title": one.name, "mediaType": one.media_type, "fileSize": one.size }))
                .collect();
            Ok(json!({ "results": found, "_links": {} }))
        }
        ("find_property", [.., id, _]) => {
            let wanted = request.parameter("key");
            let found = state.page(id)?.properties.iter();
            let found: Vec<_> = found
                .filter(|one| wanted.is_none_or(|key| *key == one.key))
                .map(shown_property)
                .collect();
            Ok(json!({ "results": found, "_links": {} }))
        }
        ("add_property", [.., id, _]) => state.add_property(id, &request.json()),
        ("update_property", [.., id, _, property]) => state.update_property(id, property, &request.json()),
        ("attach", [.., id, _, _]) => attach(state, id, request, form),
        ("search_people", _) => people(sandbox, request.parameter("cql").unwrap_or_default()),
        _ => Err(refused(404, "Not Found")),
    }
}

fn attach(state: &mut State, id: &str, request: &Request, form: Option<Form>) -> Answer {
    if !matches!(request.header("x-atlassian-token"), Some("nocheck" | "no-check")) {
        return Err((403, json!({ "message": "XSRF check failed" })));
    }
    let Some(form) = form.filter(|form| form.minor.is_some()) else {
        return Err(refused(400, "file and minorEdit must be provided"));
    };
    state.attach(id, &form.name, &form.media_type, &form.bytes)
}

fn people(sandbox: &Sandbox, cql: &str) -> Answer {
    if !cql.starts_with("user.fullname~\"") {
        return Err(refused(400, "Could not parse cql"));
    }
    let wanted = cql.split('"').nth(1).unwrap_or_default().to_lowercase();
    let found: Vec<_> = sandbox.look(|state| {
        let users = state
            .users()
            .filter(|user| !wanted.is_empty() && user.name.to_lowercase().contains(&wanted));
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
    Ok(json!({
        "results": found, "start": 0, "limit": 10, "size": found.len(), "totalSize": found.len(), "cqlQuery": cql,
        "searchDuration": 1, "_links": {},
    }))
}

/// The page as a person reads it, near enough to try it.
async fn look(Shared(sandbox): Shared<Sandbox>, Path((_, id)): Path<(String, String)>) -> Response {
    let state = locked(&sandbox.0.parts.confluence);
    let Ok(page) = state.page(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Bodies hold no scripts of ours, and nothing else may run here.
    let policy = [(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'",
    )];
    let title = read::escape(&page.title);
    let name = |account: &str| {
        let user = account.rsplit(':').next().unwrap_or_default();
        sandbox.look(|state| {
            state
                .user(user)
                .map_or_else(|| account.to_owned(), |user| user.real_name.clone())
        })
    };
    let image = |file: &str| {
        let name: String = url::form_urlencoded::byte_serialize(file.as_bytes()).collect();
        format!("{BASE}/wiki/download/{id}?name={name}")
    };
    let body = read::html(&page.body, &name, &image);
    let version = page.version;
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>{title}</title><style>body{{font:16px/1.5 sans-serif;max-width:60em;\
         margin:2em auto;padding:0 1em;color:#172b4d}}td,th{{border:1px solid #c1c7d0;padding:.3em .6em;text-align:left}}\
         table{{border-collapse:collapse}}img{{max-width:100%}}.mention{{background:#deebff;border-radius:1em;\
         padding:0 .4em}}.panel{{background:#eae6ff;border-radius:4px;padding:.5em 1em;margin:1em 0}}\
         .version{{color:#6b778c}}</style><p class=version>Confluence · version {version}</p><h1>{title}</h1>{body}"
    );
    (policy, Html(page)).into_response()
}

#[derive(serde::Deserialize)]
struct Attached {
    name: String,
}

/// An attached image, for who reads the page.
async fn download(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    Query(Attached { name }): Query<Attached>,
) -> Response {
    let state = locked(&sandbox.0.parts.confluence);
    let found = state
        .page(&id)
        .ok()
        .and_then(|page| page.attachments.iter().find(|one| one.name == name))
        .filter(|one| one.media_type.starts_with("image/"));
    match found {
        Some(file) => ([(header::CONTENT_TYPE, file.media_type.clone())], file.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
