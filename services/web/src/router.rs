//! Which request goes where, and what every answer carries.

use std::collections::HashSet;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use prost::Message;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};
use store::PgPool;
use telemetry::http::Check;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;
use tower::ServiceExt;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::api::{
    account::AccountApi, auth::AuthApi, checks::ChecksApi, incidents::IncidentApi, jobs::JobsApi, legacy,
    on_call::OnCallApi, pins, settings::SettingsApi,
};
use crate::proto::account_service_server::AccountServiceServer;
use crate::proto::auth_service_server::AuthServiceServer;
use crate::proto::checks_service_server::ChecksServiceServer;
use crate::proto::incident_service_server::IncidentServiceServer;
use crate::proto::jobs_service_server::JobsServiceServer;
use crate::proto::on_call_service_server::OnCallServiceServer;
use crate::proto::settings_service_server::SettingsServiceServer;
use crate::{App, auth, pages, proto, rca};

/// The console may load and ask only what comes from here; nobody may frame it.
/// [`pages`] allows itself the styles that its components write.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
];

/// Everything the service answers.
pub(crate) fn router(app: &App, shutdown: CancellationToken) -> Router {
    let grpc = grpc(app, shutdown);
    let pages = pages::router();
    let mut router = probes(app)
        .layer(middleware::from_fn(hide_metrics))
        .merge(pins::router(app))
        .merge(legacy::router(app))
        .merge(rca::router(app))
        .fallback(async move |request: Request| {
            // What gRPC does not know it answers itself, with `Unimplemented`.
            let router = if is_grpc(&request) { grpc } else { pages };
            match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        });
    for (name, value) in ALWAYS {
        router = router.layer(SetResponseHeaderLayer::if_not_present(
            name,
            HeaderValue::from_static(value),
        ));
    }
    if app.config.is_https() {
        router = router.layer(SetResponseHeaderLayer::overriding(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(if app.config.hsts_subdomains {
                "max-age=31536000; includeSubDomains"
            } else {
                "max-age=31536000"
            }),
        ));
    }
    router.layer(TraceLayer::new_for_http().make_span_with(span))
}

/// Health, readiness and metrics, as every service answers them.
pub(crate) fn probes(app: &App) -> Router {
    let pool = app.pool.clone();
    let live = app.live.clone();
    telemetry::http::router(move || {
        let (pool, live) = (pool.clone(), live.clone());
        async move { vec![database(&pool).await, live.check()] }
    })
}

/// Anybody may ask whether the service is ready; why the database is not there is for the log.
async fn database(pool: &PgPool) -> Check {
    match store::reachable(pool).await {
        Ok(()) => Check::ok("database"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database cannot be reached");
            Check::failed("database", "cannot be reached at the moment")
        }
    }
}

/// Metrics have an address of their own, which is not public.
async fn hide_metrics(request: Request, next: Next) -> Response {
    if request.uri().path() == "/metrics" {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

fn is_grpc(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|content_type| content_type.as_bytes().starts_with(b"application/grpc"))
}

/// gRPC and, translated to it, gRPC-Web.
fn grpc(app: &App, shutdown: CancellationToken) -> Router {
    let (health, health_server) = tonic_health::server::health_reporter();
    tokio::spawn(async move {
        health.set_serving::<IncidentServiceServer<IncidentApi>>().await;
        health.set_serving::<AuthServiceServer<AuthApi>>().await;
        health.set_serving::<AccountServiceServer<AccountApi>>().await;
        health.set_serving::<ChecksServiceServer<ChecksApi>>().await;
        health.set_serving::<JobsServiceServer<JobsApi>>().await;
        health.set_serving::<OnCallServiceServer<OnCallApi>>().await;
        health.set_serving::<SettingsServiceServer<SettingsApi>>().await;
    });
    let mut routes = Routes::new(health_server)
        .add_service(AuthServiceServer::new(AuthApi::new(app.clone())))
        .add_service(AccountServiceServer::new(AccountApi::new(app.clone())))
        .add_service(ChecksServiceServer::new(ChecksApi::new(app.clone())))
        .add_service(JobsServiceServer::new(JobsApi::new(app.clone())))
        .add_service(OnCallServiceServer::new(OnCallApi::new(app.clone())))
        .add_service(SettingsServiceServer::new(SettingsApi::new(app.clone())))
        .add_service(IncidentServiceServer::new(IncidentApi::new(app.clone(), shutdown)));
    match tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
    {
        Ok(reflection) => routes = routes.add_service(reflection),
        Err(error) => tracing::error!(%error, "the API cannot be described to clients"),
    }
    routes
        .prepare()
        .into_axum_router()
        .layer(middleware::from_fn_with_state(app.clone(), authenticate))
        .layer(GrpcWebLayer::new())
}

/// Refuses what another site made a browser send, and finds out who asks. Who is nobody may sign in, and ask what the API
/// is; of a call that needs a caller the body is not even read.
async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Err(status) = auth::identify(&app, &mut request).await {
        return status.into_http::<Body>();
    }
    // What the API is made of, and which parts of it are up, is for those who may use it.
    let path = request.uri().path();
    let needs_caller = path.starts_with("/grpc.") || NEED_CALLER.contains(path);
    if needs_caller && request.extensions().get::<auth::Caller>().is_none() {
        return auth::nobody().into_http::<Body>();
    }
    next.run(request).await
}

/// The methods of ours that need a caller, as paths.
static NEED_CALLER: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let described = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap_or_default();
    let mut paths = HashSet::new();
    for file in &described.file {
        let package = file.package();
        for service in file.service.iter().filter(|service| service.name() != "AuthService") {
            let path = |method: &MethodDescriptorProto| format!("/{package}.{}/{}", service.name(), method.name());
            paths.extend(service.method.iter().map(path));
        }
    }
    paths
});

/// Health checks come every few seconds and are not worth a line each.
fn span(request: &Request) -> tracing::Span {
    let path = request.uri().path();
    match path {
        "/api/v1/health" | "/api/v1/ready" | "/metrics" => tracing::Span::none(),
        _ => tracing::info_span!("request", method = %request.method(), path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_signing_in_needs_a_caller() {
        assert!(NEED_CALLER.contains("/incident_bot.v1.IncidentService/ListIncidents"));
        assert!(NEED_CALLER.iter().all(|path| !path.contains("AuthService")));
    }
}
