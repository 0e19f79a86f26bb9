//! Servers that do what no server should.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{any, get};
use futures_util::stream;
use http_client::{Client, Error, Limits, Response, Result, Url};

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
