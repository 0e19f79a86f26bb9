//! Asking feeds of a server that answers as providers do, and as they do not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use upstream::{Client, Config, Error, Polled, Validators};

/// The base of a server with these routes.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn client(base: &str) -> Client {
    Client::new(config(base)).unwrap()
}

/// One that also asks addresses of this machine that an admin named.
fn unguarded(base: &str) -> Client {
    let config = Config {
        allow_private: true,
        ..config(base)
    };
    Client::new(config).unwrap()
}

fn config(base: &str) -> Config {
    Config {
        base_url: Some(base.to_owned()),
        allow_private: false,
        auth0_domain: None,
        every: Duration::from_mins(5),
        timeout: Duration::from_secs(2),
        named: Vec::new(),
        warnings: Vec::new(),
    }
}

async fn poll(router: Router, provider: &str) -> Polled {
    client(&serve(router).await).poll(provider, &[]).await
}

async fn answered(provider: &str, path: &str, answer: fn() -> Response) -> Option<Error> {
    let polled = poll(
        Router::new().route(path, get(move || async move { answer() })),
        provider,
    )
    .await;
    assert!(polled.answers.is_empty() || polled.error.is_none());
    polled.error
}

#[tokio::test]
async fn only_what_is_new_comes() {
    async fn events(headers: HeaderMap) -> Response {
        let known = headers.get(header::IF_NONE_MATCH).is_some_and(|etag| etag == "\"7\"")
            && headers
                .get(header::IF_MODIFIED_SINCE)
                .is_some_and(|since| since == "Thu, 03 Sep 2026 16:00:00 GMT");
        if known {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        let headers = [
            (header::ETAG, "\"7\""),
            (header::LAST_MODIFIED, "Thu, 03 Sep 2026 16:00:00 GMT"),
        ];
        (headers, &include_bytes!("feeds/aws-currentevents.utf16be.json")[..]).into_response()
    }
    let client = client(&serve(Router::new().route("/aws/public/currentevents", get(events))).await);
    let first = client.poll("aws", &[]).await;
    assert_eq!(first.error, None);
    assert_eq!(first.answers[0].outages.as_ref().unwrap().len(), 2);
    assert_eq!(client.addresses("aws"), [first.answers[0].url.as_str()]);
    let known = Validators {
        url: first.answers[0].url.clone(),
        etag: first.answers[0].etag.clone(),
        last_modified: first.answers[0].last_modified.clone(),
    };
    let second = client.poll("aws", std::slice::from_ref(&known)).await;
    assert_eq!(second.answers[0].outages, None);
    assert_eq!(second.answers[0].etag, known.etag, "the next time too");
}

#[tokio::test]
async fn a_page_that_only_has_its_atom_feed() {
    let atom = || async { include_str!("feeds/history.atom") };
    let base = serve(Router::new().route("/status/history.atom", get(atom))).await;
    let polled = unguarded(&base).poll(&format!("{base}/status"), &[]).await;
    assert_eq!(polled.error, None);
    assert_eq!(polled.answers[0].feed, "history");
    assert_eq!(polled.answers[0].outages.as_ref().unwrap().len(), 2);
    // One that has nothing is no such page.
    let nothing = unguarded(&base).poll(&format!("{base}/elsewhere"), &[]).await;
    let error = nothing.error.unwrap();
    assert_eq!(error.cause().to_string(), "nothing was found at this address");
    assert_eq!(
        error.to_string(),
        "it could not be read",
        "it does not tell what answers where"
    );
    let guarded = client(&base).poll(&format!("{base}/status"), &[]).await;
    assert_eq!(
        guarded.error.unwrap().cause().to_string(),
        "only https addresses are called"
    );
}

#[tokio::test]
async fn what_was_read_before_another_feed_failed_counts() {
    let router = Router::new()
        .route(
            "/slack/api/v2.0.0/current",
            get(|| async { include_str!("feeds/slack-current.json") }),
        )
        .route("/slack/api/v2.0.0/history", get(|| async { StatusCode::BAD_GATEWAY }));
    let polled = poll(router, "slack").await;
    assert_eq!(polled.answers.len(), 1);
    assert!(polled.error.unwrap().is_transient());
}

#[tokio::test]
async fn each_failure_has_its_meaning() {
    const PATH: &str = "/gcp/incidents.json";
    let limited = answered("gcp", PATH, || {
        (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")]).into_response()
    });
    assert_eq!(limited.await.unwrap().wait(), Some(Duration::from_mins(2)));
    let refused: [fn() -> Response; 5] = [
        || "<html><body>We are down</body></html>".into_response(),
        || "[{".into_response(),
        || "{}".into_response(),
        || vec![b' '; 50 << 20].into_response(),
        || (StatusCode::FOUND, [(header::LOCATION, PATH)]).into_response(),
    ];
    for answer in refused {
        let error = answered("gcp", PATH, answer).await.unwrap();
        assert!(!error.is_transient() && error.wait().is_none(), "{error:?}");
    }
    let auth0 = poll(Router::new(), "auth0").await;
    assert_eq!(auth0.error, Some(Error::Config("AUTH0_DOMAIN is not set".to_owned())));
    let nobody = poll(Router::new(), "gitlab").await;
    assert!(matches!(nobody.error, Some(Error::Config(_))));
}

#[tokio::test]
async fn a_page_inside_is_not_asked_and_nothing_is_told_of_it() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = asked.clone();
    let router = Router::new().fallback(get(move || {
        counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async { "{\"incidents\":[]}" }
    }));
    let base = serve(router).await;
    let client = client(&base);
    for page in [
        base.as_str(),
        "https://127.0.0.1:1",
        "https://localhost:1",
        "https://169.254.169.254",
    ] {
        let polled = client.poll(page, &[]).await;
        let error = polled.error.unwrap();
        assert_eq!(error.to_string(), "it could not be read", "{page}");
        assert!(
            matches!(error.cause(), Error::Call(http_client::Error::Refused(_))),
            "{error:?}"
        );
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
}
