//! The console's files and what every answer carries.

use axum::body::Body;
use axum::http::{Request, Response};
use store::console_users::Role;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::console::{Caller, Console, config, framed, send};

#[tokio::test]
async fn every_page_is_protected() {
    let console = Console::start().await;
    // The page itself, or how to build it: both come with the same protection.
    for path in ["/", "/incidents/42", "/assets/none.js", "/api/v1/health"] {
        let response = console.get(path).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-embedder-policy"), "require-corp");
        assert!(header("permissions-policy").contains("camera=()"));
        assert!(
            response.headers().get("strict-transport-security").is_none(),
            "without https it would lock people out"
        );
    }
}

/// The page, with its nonce taken out: each answer has one of its own, which its policy names.
fn without_nonce(response: &Response<Vec<u8>>) -> String {
    let page = String::from_utf8(response.body().clone()).unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    let Some((_, rest)) = policy.split_once("'nonce-") else {
        assert_eq!(
            response.status(),
            503,
            "only the page that says how to build it has no nonce"
        );
        return page;
    };
    let (nonce, _) = rest.split_once('\'').unwrap();
    assert!(page.contains(nonce) && !page.contains("NONCE"), "{page}");
    page.replace(nonce, "")
}

#[tokio::test]
async fn unknown_paths_are_the_pages_but_unknown_files_are_not() {
    let console = Console::start().await;
    let (root, deep) = (console.get("/").await, console.get("/incidents/42").await);
    assert_eq!(without_nonce(&root), without_nonce(&deep));
    assert_eq!(
        root.headers()["content-type"].to_str().unwrap().split(';').next(),
        Some("text/html")
    );
    assert_eq!(console.get("/assets/none.js").await.status(), 404);
    assert_eq!(console.get("/api/v1/none").await.status(), 404);
    assert_eq!(console.get("/api/v1/health").await.status(), 200);
    let post = Request::post(format!("http://{}/", console.addr))
        .body(Body::empty())
        .unwrap();
    assert_eq!(send(post).await.status(), 405);
}

#[tokio::test]
async fn it_is_ready_when_the_database_answers_and_changes_are_heard() {
    let console = Console::start().await;
    let body = console.ready().await.unwrap();
    assert_eq!(body, r#"{"checks":{"changes":"ok","database":"ok"},"status":"ok"}"#);
}

#[tokio::test]
async fn metrics_are_not_on_the_public_port() {
    let console = Console::start().await;
    assert_eq!(console.get("/metrics").await.status(), 404);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = web::Config {
        metrics_listen: Some(free),
        ..config()
    };
    let _console = Console::start_with(config).await;
    let request = Request::get(format!("http://{free}/metrics"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(send(request).await.status(), 200);
}

#[tokio::test]
async fn unknown_calls_are_unimplemented() {
    let console = Console::start().await;
    for path in ["/incident_bot.v1.IncidentService/Dance", "/other.Service/Call"] {
        let request = Request::post(format!("http://{}{path}", console.addr))
            .header("content-type", "application/grpc-web+proto")
            .body(framed(&HealthCheckRequest::default()).into())
            .unwrap();
        let response = send(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["grpc-status"], "12", "{path}");
    }
}

#[tokio::test]
async fn programs_ask_for_health_and_for_the_api() {
    let console = Console::start().await;
    let nobody = HealthClient::new(Caller::default().to(console.addr).await);
    let refused = nobody.clone().check(HealthCheckRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let refused = ServerReflectionClient::new(Caller::default().to(console.addr).await)
        .server_reflection_info(tokio_stream::iter([ServerReflectionRequest::default()]))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);

    let viewer = console.somebody(Role::Viewer, None).await;
    let channel = viewer.to(console.addr).await;
    let health = HealthClient::new(channel.clone());
    let serving = testing::wait_for("health", async || {
        let service = HealthCheckRequest {
            service: "incident_bot.v1.IncidentService".to_owned(),
        };
        health.clone().check(service).await.ok()
    })
    .await;
    assert_eq!(serving.into_inner().status, 1);
    let unknown = HealthCheckRequest {
        service: "none".to_owned(),
    };
    assert_eq!(health.clone().check(unknown).await.unwrap_err().code(), Code::NotFound);

    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .unwrap()
        .into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) = answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("no list of services")
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"incident_bot.v1.IncidentService"), "{names:?}");
    assert!(names.contains(&"incident_bot.v1.AuthService"), "{names:?}");
}
