//! The addresses that every service answers besides its own: health, readiness and metrics.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

pub use crate::check::Check;
use crate::metrics;
pub use crate::serve::{Limits, serve, serve_within};

/// Says whether a service is of use now. Functions that return a future of checks are one.
pub trait Readiness: Send + Sync + 'static {
    /// Looks at everything that is needed.
    fn checks(&self) -> impl Future<Output = Vec<Check>> + Send;
}

impl<F, Checks> Readiness for F
where
    F: Fn() -> Checks + Send + Sync + 'static,
    Checks: Future<Output = Vec<Check>> + Send,
{
    fn checks(&self) -> impl Future<Output = Vec<Check>> + Send {
        self()
    }
}

/// Kubernetes waits no longer than this either.
const CHECK_TIME: Duration = Duration::from_secs(3);

/// `/api/v1/health` (the process is up), `/api/v1/ready` (it is of use) and `/metrics`.
pub fn router(ready: impl Readiness) -> Router {
    router_of_parts(ready, || Check::ok("process"))
}

/// The same for a service that is not alive without a part of it: whoever asks for its health starts it again.
pub fn router_of_parts(ready: impl Readiness, alive: impl Fn() -> Check + Clone + Send + Sync + 'static) -> Router {
    router_within(ready, alive, CHECK_TIME)
}

fn router_within(
    ready: impl Readiness,
    alive: impl Fn() -> Check + Clone + Send + Sync + 'static,
    check_time: Duration,
) -> Router {
    metrics::handle();
    let ready = Arc::new(ready);
    Router::new()
        .route("/api/v1/health", get(async move || answer_health(alive())))
        .route(
            "/api/v1/ready",
            get(async move || answer_ready(&*ready, check_time).await),
        )
        .route("/metrics", get(answer_metrics))
}

fn answer_health(alive: Check) -> Response {
    match alive.fault {
        None => Json(json!({ "status": "ok" })).into_response(),
        Some(fault) => {
            let mut checks = serde_json::Map::new();
            checks.insert(alive.name.into_owned(), fault.into());
            let body = json!({ "status": "unavailable", "checks": checks });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}

async fn answer_ready(ready: &impl Readiness, check_time: Duration) -> Response {
    let Ok(checks) = tokio::time::timeout(check_time, ready.checks()).await else {
        let body = json!({ "status": "unavailable", "checks": { "time": "the checks took too long" } });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    };
    let is_ready = checks.iter().all(|check| check.fault.is_none());
    let (code, status) = if is_ready {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    let checks: serde_json::Map<_, _> = checks
        .into_iter()
        .map(|check| {
            (
                check.name.into_owned(),
                check.fault.or(check.note).unwrap_or_else(|| "ok".to_owned()).into(),
            )
        })
        .collect();
    (code, Json(json!({ "status": status, "checks": checks }))).into_response()
}

/// The most bytes of an answer about readiness that are read.
const MAX_READINESS: usize = 64 << 10;

/// What the service that listens on `address` of this machine says of its readiness, by the name of the check: `ok`, or what is
/// wrong. `None` where nothing that answers in time is such a service. No proxy is used.
pub async fn readiness_at(address: SocketAddr) -> Option<HashMap<String, String>> {
    #[derive(Deserialize)]
    struct Answer {
        checks: HashMap<String, String>,
    }
    let uri = format!("http://{}/api/v1/ready", reachable(address)).parse().ok()?;
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answered = async {
        let answer = client.get(uri).await.ok()?;
        let body = Limited::new(answer.into_body(), MAX_READINESS).collect().await.ok()?;
        let Answer { checks } = serde_json::from_slice(&body.to_bytes()).ok()?;
        Some(checks)
    };
    // It may take its whole time itself.
    tokio::time::timeout(CHECK_TIME + Duration::from_secs(1), answered)
        .await
        .ok()?
}

/// Who listens on all addresses is reached on the loopback one.
fn reachable(listened: SocketAddr) -> SocketAddr {
    let ip = match listened.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listened.port())
}

async fn answer_metrics() -> Response {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics::handle().render(),
    )
        .into_response()
}

/// Why a service cannot be reached at its address.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address} ({source}): stop what uses that port, or choose another address.")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The listener broke.
    #[error("the server stopped: {0}")]
    Broken(#[from] io::Error),
}

/// Takes the address, so that a fault is seen before anything else starts. Port 0 takes any free port.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen { address, source })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tokio_util::sync::CancellationToken;
    use tower::ServiceExt;

    use super::*;

    async fn get_text(router: Router, path: &str) -> (StatusCode, String) {
        let answer = router
            .oneshot(Request::get(path).body(Body::empty()).unwrap())
            .await
            .unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn ready_names_every_check() {
        let good = router(async || vec![Check::ok("database")]);
        assert_eq!(
            get_text(good, "/api/v1/ready").await,
            (
                StatusCode::OK,
                r#"{"checks":{"database":"ok"},"status":"ok"}"#.to_owned()
            )
        );

        let bad = router(async || vec![Check::ok("database"), Check::failed("socket", "not connected to Slack")]);
        let (status, body) = get_text(bad.clone(), "/api/v1/ready").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            body.contains(r#""database":"ok","socket":"not connected to Slack""#),
            "{body}"
        );
        assert_eq!(
            get_text(bad, "/api/v1/health").await.0,
            StatusCode::OK,
            "up is not the same as ready"
        );
    }

    #[tokio::test]
    async fn a_service_that_runs_is_asked_and_nothing_else_is_taken_for_one() {
        let shutdown = CancellationToken::new();
        let listener = bind(([0; 4], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let bad = router(async || vec![Check::ok("database"), Check::failed("socket", "not connected to Slack")]);
        let server = tokio::spawn(serve(listener, bad, shutdown.clone()));
        let checks = readiness_at(address).await.unwrap();
        assert_eq!(checks["database"], "ok");
        assert_eq!(checks["socket"], "not connected to Slack");
        shutdown.cancel();
        server.await.unwrap().unwrap();
        assert_eq!(readiness_at(address).await, None);

        let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stranger = Router::new().route("/api/v1/ready", get(async || "<html>"));
        let shutdown = CancellationToken::new();
        let server = tokio::spawn(serve(listener, stranger, shutdown.clone()));
        assert_eq!(readiness_at(address).await, None);
        shutdown.cancel();
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_service_whose_part_has_ended_is_not_healthy() {
        let dead = router_of_parts(async || Vec::new(), || Check::failed("engine", "ended"));
        assert_eq!(
            get_text(dead, "/api/v1/health").await,
            (
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"checks":{"engine":"ended"},"status":"unavailable"}"#.to_owned()
            )
        );
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_not_ready() {
        let hanging = router_within(
            std::future::pending::<Vec<Check>>,
            || Check::ok("process"),
            Duration::from_millis(1),
        );
        let (status, body) = get_text(hanging, "/api/v1/ready").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("too long"), "{body}");
    }

    #[tokio::test]
    async fn several_services_in_one_process_share_the_metrics() {
        let (one, two) = (router(async || Vec::new()), router(async || Vec::new()));
        ::metrics::counter!("shared_in_one_process").increment(7);
        for router in [one, two] {
            let (status, body) = get_text(router, "/metrics").await;
            assert_eq!(status, StatusCode::OK);
            assert!(body.contains("shared_in_one_process 7"), "{body}");
        }
    }

    #[tokio::test]
    async fn a_request_under_way_ends_before_the_server_does() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};

        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let slow = Router::new().route(
            "/slow",
            get(async move || {
                stop.cancel();
                tokio::task::yield_now().await;
                "done"
            }),
        );
        let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener, slow, shutdown));
        let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
        connection
            .write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
        server.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_taken_address_is_named() {
        let taken = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind(address).await.unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("cannot listen on {address}")),
            "{error}"
        );
    }
}
