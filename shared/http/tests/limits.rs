//! Servers that do what no server should.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{any, get};
use futures_util::stream;
use http_client::{Client, Error, Gate, Guard, Limits, Lookup, Part, Response, Result, Url};

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn client() -> Client {
    let limits = Limits {
        timeout: Duration::from_millis(800),
        body: 1 << 20,
        ..Limits::default()
    };
    Client::new(limits).unwrap()
}

async fn get_from(address: SocketAddr, path: &str) -> Result<Response> {
    let url: Url = format!("http://{address}{path}").parse().unwrap();
    client()
        .get(url)
        .credential(header::AUTHORIZATION, "Bearer hush")
        .credential("x-api-key".parse().unwrap(), "hush")
        .header(header::ACCEPT, "application/json")
        .send()
        .await
}

/// Which of the headers came.
async fn seen(headers: HeaderMap) -> String {
    ["authorization", "x-api-key", "accept"]
        .into_iter()
        .filter(|name| headers.contains_key(*name))
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn a_body_that_never_ends_or_is_too_long_is_refused() {
    let endless = || async {
        let piece = Bytes::from(vec![b' '; 64 << 10]);
        Body::from_stream(stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone())))
    };
    let drop_by_drop = || async {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        });
        Body::from_stream(drops)
    };
    let router = Router::new()
        .route("/endless", get(endless))
        .route("/drops", get(drop_by_drop))
        .route("/long", get(|| async { vec![b' '; 50 << 20] }));
    let address = serve(router).await;
    for path in ["/endless", "/long"] {
        let error = get_from(address, path).await.unwrap_err();
        assert_eq!(error, Error::Refused("its answer is longer than 1 MB".to_owned()));
    }
    let error = get_from(address, "/drops").await.unwrap_err();
    assert_eq!(error, Error::Transient("it did not answer in time".to_owned()));
}

#[tokio::test]
async fn credentials_stay_with_their_host() {
    let other = serve(Router::new().route("/", get(seen))).await;
    let elsewhere = format!("http://{other}/");
    let router = Router::new()
        .route("/seen", get(seen))
        .route("/within", get(|| async { Redirect::temporary("/seen") }))
        .route("/away", get(move || async move { Redirect::temporary(&elsewhere) }))
        .route("/file", get(|| async { Redirect::temporary("file:///etc/passwd") }))
        .route("/nowhere", get(|| async { StatusCode::FOUND }))
        .route(
            "/loop/{n}",
            any(|Path(n): Path<u32>| async move { Redirect::temporary(&format!("/loop/{}", n + 1)) }),
        );
    let address = serve(router).await;
    let body = async |path: &str| get_from(address, path).await.unwrap().body;
    assert_eq!(body("/within").await, "authorization x-api-key accept");
    assert_eq!(body("/away").await, "accept");
    for path in ["/file", "/nowhere", "/loop/1"] {
        let error = get_from(address, path).await.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{path}: {error:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_data_is_refused() {
    let page = "\n<!DOCTYPE html><html><body>We are down</body></html>";
    let router = Router::new()
        .route("/page", get(move || async move { page }))
        .route("/broken", get(|| async { "{\"a\":" }))
        .route("/unchanged", get(|| async { StatusCode::NOT_MODIFIED }))
        .route(
            "/away",
            get(|| async { (StatusCode::BAD_GATEWAY, "token=hush").into_response() }),
        );
    let address = serve(router).await;
    for path in ["/page", "/broken"] {
        let answer = get_from(address, path).await.unwrap();
        let error = answer.json::<Vec<u8>>().unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error:?}");
    }
    let unchanged = get_from(address, "/unchanged").await.unwrap();
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    let error = get_from(address, "/away?token=hush").await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
}

#[tokio::test]
async fn nobody_there() {
    let error = get_from("127.0.0.1:1".parse().unwrap(), "/").await.unwrap_err();
    assert_eq!(error, Error::Transient("no connection could be made".to_owned()));
}

/// Lets one call pass, and remembers what it is told.
#[derive(Debug, Default)]
struct OneCall {
    passed: AtomicBool,
    told: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Gate for OneCall {
    async fn wait(&self) -> Option<Duration> {
        self.passed
            .swap(true, Ordering::SeqCst)
            .then_some(Duration::from_secs(5))
    }

    async fn limited(&self, wait: Duration) {
        self.told.lock().unwrap().push(wait);
    }
}

#[tokio::test]
async fn a_gate_holds_calls_back_and_hears_of_limits() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let limited = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async { (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "9")]) }
    };
    let address = serve(Router::new().route("/", get(limited))).await;
    let gate = Arc::new(OneCall::default());
    let client = client().gated(Some(gate.clone()));
    let url: Url = format!("http://{address}/").parse().unwrap();
    let first = client.get(url.clone()).send().await.unwrap_err();
    let second = client.get(url).send().await.unwrap_err();
    assert_eq!(first, Error::RateLimited(Duration::from_secs(9)));
    assert_eq!(second, Error::RateLimited(Duration::from_secs(5)));
    assert_eq!(*gate.told.lock().unwrap(), [Duration::from_secs(9)]);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "the second call never went out");
}

#[tokio::test]
async fn what_is_sent_arrives_and_an_error_keeps_its_body() {
    let echo = |headers: HeaderMap, body: Bytes| async move {
        let kind = headers[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = String::from_utf8_lossy(&body).into_owned();
        (StatusCode::BAD_REQUEST, format!("{kind}\n{body}"))
    };
    let router = Router::new()
        .route("/", any(echo))
        .route("/moved", any(|| async { Redirect::temporary("/") }));
    let address = serve(router).await;
    let url = |path: &str| -> Url { format!("http://{address}{path}").parse().unwrap() };
    let value = serde_json::json!({ "a": "ü" });
    let answer = client().put(url("/")).json(&value).exchange().await.unwrap();
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body, "application/json\n{\"a\":\"ü\"}");
    let error = answer.success().unwrap_err();
    assert!(matches!(error, Error::Refused(_)) && error.had_no_effect());

    let file = Part {
        name: "file",
        file_name: Some("graph.png".to_owned()),
        media_type: Some("image/png".to_owned()),
        bytes: Bytes::from_static(b"PNG"),
    };
    let answer = client().post(url("/")).multipart(vec![file]).exchange().await.unwrap();
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(body.starts_with("multipart/form-data"), "{body}");
    assert!(
        body.contains("name=\"file\"; filename=\"graph.png\"") && body.contains("image/png"),
        "{body}"
    );

    let moved = client().post(url("/moved")).json(&value).send().await.unwrap_err();
    assert_eq!(moved, Error::Refused("it redirects what is to be changed".to_owned()));
}

/// Gives the addresses of a host name one after the other.
#[derive(Debug, Default)]
struct Scripted(Mutex<HashMap<&'static str, Vec<IpAddr>>>);

#[async_trait]
impl Lookup for Scripted {
    async fn lookup(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        let mut hosts = self.0.lock().unwrap();
        let addresses = hosts.get_mut(host).unwrap();
        Ok(vec![addresses.remove(0)])
    }
}

/// In these tests `127.0.0.1` is the public internet.
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PRIVATE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

fn guarded(hosts: &[(&'static str, &[IpAddr])]) -> Client {
    let hosts = hosts.iter().map(|(host, addresses)| (*host, addresses.to_vec()));
    let guard = Guard {
        https_only: false,
        allows: |address| address == PUBLIC,
        lookup: Arc::new(Scripted(Mutex::new(hosts.collect()))),
    };
    Client::guarded(Limits::default(), guard).unwrap()
}

#[tokio::test]
async fn a_name_that_stands_for_something_else_a_moment_later_leads_nowhere() {
    // Listens on every address, so that a call that went to another one would be answered.
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let answer = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async { ([(header::CONNECTION, "close")], "here") }
    };
    let router = Router::new().route("/", get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = guarded(&[("rebound.test", &[PUBLIC, PRIVATE])]);
    let url: Url = format!("http://rebound.test:{port}/").parse().unwrap();
    assert_eq!(client.get(url.clone()).send().await.unwrap().body, "here");
    let refused = client.get(url).send().await.unwrap_err();
    assert_eq!(refused, Error::Refused("the address is not public".to_owned()));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_is_checked_like_the_address_it_comes_from() {
    let to = |target: &'static str| get(move || async move { Redirect::temporary(target) });
    let router = Router::new()
        .route("/metadata", to("http://169.254.169.254/latest/meta-data/"))
        .route("/six", to("http://[::1]/"))
        .route("/mapped", to("http://[::ffff:127.0.0.2]/"))
        .route("/number", to("http://2130706434/"))
        .route("/name", to("http://inside.test/"))
        .route("/file", to("file:///etc/passwd"));
    let address = serve(router).await;
    for path in ["metadata", "six", "mapped", "number", "name", "file"] {
        let client = guarded(&[("inside.test", &[PRIVATE])]);
        let url: Url = format!("http://{address}/{path}").parse().unwrap();
        let refused = client.get(url).send().await.unwrap_err();
        assert!(matches!(refused, Error::Refused(_)), "{path}: {refused:?}");
    }
}
