//! The RCA document as a file, for whoever may see the incident.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::IncidentId;
use domain::rca::{Document, html, markdown};
use serde::Deserialize;

use crate::App;
use crate::api::see::{self, Seen};
use crate::auth::{self, Caller, Peer};

/// `/api/v1/incidents/<id>/rca.md` and `rca.html`.
pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .route(
            "/api/v1/incidents/{id}/rca.md",
            get(async |state, id, options, request| {
                download(
                    state,
                    id,
                    options,
                    request,
                    markdown,
                    "text/markdown; charset=utf-8",
                    "md",
                )
                .await
            }),
        )
        .route(
            "/api/v1/incidents/{id}/rca.html",
            get(async |state, id, options, request| {
                download(state, id, options, request, html, "text/html; charset=utf-8", "html").await
            }),
        )
        .with_state(app.clone())
}

#[derive(Deserialize)]
struct Options {
    /// For an admin who has opened a private incident that they are not in.
    #[serde(default)]
    open_private: bool,
}

async fn download(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(options): Query<Options>,
    mut request: Request,
    render: fn(&Document) -> String,
    kind: &'static str,
    extension: &'static str,
) -> Response {
    if auth::identify(&app, &mut request).await.is_err() {
        return (StatusCode::FORBIDDEN, "This can’t be downloaded from another site.\n").into_response();
    }
    let Some(caller) = request.extensions().get::<Caller>() else {
        return (StatusCode::UNAUTHORIZED, "Please sign in.\n").into_response();
    };
    let peer = request.extensions().get::<Peer>().cloned().unwrap_or_default();
    let document = match id.parse() {
        Ok(id) => read(&app, caller, &peer, id, options.open_private).await,
        Err(_) => Ok(None),
    };
    match document {
        Ok(Some((name, document))) => {
            let disposition = format!("attachment; filename=\"{name}-rca.{extension}\"");
            let headers = [
                (header::CONTENT_TYPE, kind.to_owned()),
                (header::CONTENT_DISPOSITION, disposition),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, render(&document)).into_response()
        }
        Ok(None) => (
            StatusCode::NOT_FOUND,
            "There is no such incident, or you are not in it.\n",
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "a document could not be put together");
            (StatusCode::SERVICE_UNAVAILABLE, "Please try again in a moment.\n").into_response()
        }
    }
}

/// The document and the channel's name, which holds nothing that a header cannot.
async fn read(
    app: &App,
    caller: &Caller,
    peer: &Peer,
    id: IncidentId,
    open_private: bool,
) -> Result<Option<(String, Document)>, store::Error> {
    let seen = see::find(app, caller, peer, id, open_private).await?;
    let Some(Seen { listed, .. }) = seen.filter(|seen| !seen.listed.is_sealed) else {
        return Ok(None);
    };
    let incident = listed.incident;
    let mut conn = app.pool.acquire().await?;
    let settings = app.pool.settings(&mut conn).await?;
    let console = app.config.web_url.as_ref().map(|url| format!("{url}/incidents/{id}"));
    let document = incidents::rca_document(&mut conn, &incident, &settings, console, &BTreeMap::new()).await?;
    Ok(Some((incident.channel_name, document)))
}
