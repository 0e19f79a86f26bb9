//! Messages that people pinned to an incident. Their images are answered one by one, to a browser that shows them.

use axum::Router;
use axum::extract::{Path, Query, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::get;
use chrono::{DateTime, Utc};
use domain::IncidentId;
use serde::Deserialize;
use store::pins::{self, ImagePlace, KeptImage, Pin};
use tonic::{Code, Request, Response, Status};

use super::see::{self, Seen};
use super::{convert, status};
use crate::App;
use crate::auth::{self, Caller, Peer};
use crate::proto::{self, ListPinsRequest, ListPinsResponse};

/// What a browser takes as an image and nothing else. The worker keeps no others; here it is the last word.
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/// For whoever asked, and nobody else; kept, but shown again only after we were asked whether they may still see it.
pub(super) const CACHING: &str = "private, no-cache";

pub(crate) async fn list(app: &App, request: Request<ListPinsRequest>) -> Result<Response<ListPinsResponse>, Status> {
    let (caller, peer) = (auth::caller(&request)?.clone(), auth::peer(&request));
    let request = request.into_inner();
    let id: IncidentId = request.incident_id.parse().map_err(|_| status::no_incident())?;
    let found = async {
        let seen = see::find(app, &caller, &peer, id, request.open_private).await?;
        let Some(Seen { listed, opened }) = seen.filter(|seen| !seen.listed.is_sealed) else {
            return Ok(None);
        };
        let mut conn = app.pool.acquire().await?;
        let pins = pins::of_incident(&mut conn, listed.incident.id).await?;
        let images = pins::images_of_incident(&mut conn, listed.incident.id).await?;
        Ok(Some((pins, images, opened)))
    };
    let found = found.await.map_err(|error| status::database(&error))?;
    let (pins, images, opened) = found.ok_or_else(status::no_incident)?;
    let pins = pins.iter().map(|pin| shown(pin, &images, opened));
    Ok(Response::new(ListPinsResponse { pins: pins.collect() }))
}

fn shown(pin: &Pin, images: &[KeptImage], opened: bool) -> proto::Pin {
    let query = if opened { "?open_private=true" } else { "" };
    let images = images
        .iter()
        .filter(|image| image.channel_id == pin.channel_id && image.ts == pin.ts);
    proto::Pin {
        id: format!("{}/{}", pin.channel_id, pin.ts),
        author: pin.author_name.clone(),
        text: pin.text.clone(),
        written_at: written_at(&pin.ts).map(convert::time),
        pinned_by: pin.pinned_by.name().to_owned(),
        pinned_at: Some(convert::time(pin.pinned_at)),
        images: images
            .map(|image| proto::PinImage {
                name: image.name.clone(),
                path: format!(
                    "/api/v1/incidents/{}/pins/{}/{}/{}{query}",
                    pin.incident, pin.channel_id, pin.ts, image.file_id
                ),
                bytes: image.bytes,
            })
            .collect(),
    }
}

/// Slack names a message by the moment at which it was written.
fn written_at(ts: &str) -> Option<DateTime<Utc>> {
    let (seconds, micros) = ts.split_once('.')?;
    let micros: i64 = micros.get(..6)?.parse().ok()?;
    DateTime::from_timestamp_micros(seconds.parse::<i64>().ok()?.checked_mul(1_000_000)? + micros)
}

/// Where images are.
pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .route("/api/v1/incidents/{incident}/pins/{channel}/{ts}/{file}", get(image))
        .with_state(app.clone())
}

#[derive(Deserialize)]
pub(super) struct Options {
    #[serde(default)]
    pub(super) open_private: bool,
}

async fn image(
    State(app): State<App>,
    Path((incident, channel, ts, file)): Path<(String, String, String, String)>,
    Query(options): Query<Options>,
    request: HttpRequest,
) -> HttpResponse {
    let (caller, peer, headers) = match who_asks(&app, request).await {
        Ok(who) => who,
        Err(refused) => return answer(&refused),
    };
    let Ok(id) = incident.parse() else {
        return answer(&Status::not_found(""));
    };
    let place = ImagePlace {
        channel_id: &channel,
        ts: &ts,
        file_id: &file,
    };
    let tag = format!("\"{file}\"");
    match load(&app, &caller, &peer, id, &place, options.open_private).await {
        Ok(Some((kind, bytes))) => send(&headers, &tag, &kind, bytes),
        Ok(None) => answer(&Status::not_found("")),
        Err(error) => answer(&status::database(&error)),
    }
}

/// Who opens an address that is none of the API's.
pub(super) async fn who_asks(app: &App, mut request: HttpRequest) -> Result<(Caller, Peer, HeaderMap), Status> {
    auth::identify(app, &mut request).await?;
    let (head, _) = request.into_parts();
    let Some(caller) = head.extensions.get::<Caller>().cloned() else {
        return Err(Status::unauthenticated("Please sign in."));
    };
    let peer = head.extensions.get::<Peer>().cloned().unwrap_or_default();
    Ok((caller, peer, head.headers))
}

async fn load(
    app: &App,
    caller: &Caller,
    peer: &Peer,
    id: IncidentId,
    place: &ImagePlace<'_>,
    open_private: bool,
) -> Result<Option<(String, Vec<u8>)>, store::Error> {
    let seen = see::find(app, caller, peer, id, open_private).await?;
    if seen.is_none_or(|seen| seen.listed.is_sealed) {
        return Ok(None);
    }
    let mut conn = app.pool.acquire().await?;
    let found = pins::image(&mut conn, id, place).await?;
    Ok(found.filter(|(kind, _)| IMAGES.contains(&kind.as_str())))
}

fn send(headers: &HeaderMap, tag: &str, kind: &str, bytes: Vec<u8>) -> HttpResponse {
    let caching = [
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHING)),
        (header::VARY, HeaderValue::from_static("cookie")),
    ];
    let Ok(tag) = HeaderValue::from_str(tag) else {
        return answer(&Status::not_found(""));
    };
    // A file never changes.
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, caching, [(header::ETAG, tag)]).into_response();
    }
    let Ok(kind) = HeaderValue::from_str(kind) else {
        return answer(&Status::not_found(""));
    };
    let about = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        (header::ETAG, tag),
    ];
    (caching, about, bytes).into_response()
}

/// Why there is nothing, for a person who opened its address.
pub(super) fn answer(why: &Status) -> HttpResponse {
    let (code, sentence) = match why.code() {
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, "Please sign in.\n"),
        Code::PermissionDenied => (
            StatusCode::FORBIDDEN,
            "This call came from another site and was refused.\n",
        ),
        Code::NotFound => (StatusCode::NOT_FOUND, "Not found.\n"),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Please try again in a moment.\n"),
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong; it was logged.\n",
        ),
    };
    (code, [(header::CACHE_CONTROL, "no-store")], sentence).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_named_by_its_moment() {
        let at = written_at("1764000000.123456").unwrap();
        assert_eq!(at.timestamp_micros(), 1_764_000_000_123_456);
        for wrong in [
            "",
            "1764000000",
            "x.123456",
            "1764000000.12",
            "9999999999999999999.000000",
        ] {
            assert_eq!(written_at(wrong), None, "{wrong}");
        }
    }
}
