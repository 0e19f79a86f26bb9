//! Nobody can hold a server for ever.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests stand outside the test functions"
)]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use telemetry::http::{Limits, bind, serve_within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const SHORT: Duration = Duration::from_millis(100);

fn limits() -> Limits {
    Limits {
        connections: 4,
        connections_per_peer: 3,
        header_time: SHORT,
        idle_time: SHORT,
        body_time: SHORT,
        body_bytes: 100,
        answer_time: SHORT,
        drain_time: SHORT,
        ..Limits::PUBLIC
    }
}

/// A server that stops when it is dropped.
struct Server {
    address: SocketAddr,
    _stop: tokio_util::sync::DropGuard,
}

impl Server {
    async fn start(router: Router) -> Self {
        Self::start_with(router, limits()).await
    }

    async fn start_with(router: Router, limits: Limits) -> Self {
        let listener = bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(serve_within(listener, router, limits, stop.clone()));
        Self {
            address,
            _stop: stop.drop_guard(),
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends this and gives all that comes until the connection is closed.
    async fn send(&self, request: &str) -> String {
        let mut connection = self.connect().await;
        connection.write_all(request.as_bytes()).await.unwrap();
        rest(&mut connection).await
    }
}

/// What comes until the connection is closed, which must be soon.
async fn rest(connection: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = connection.read_to_end(&mut answer);
    // A cut connection may be reset.
    let _ = timeout(Duration::from_secs(10), read).await.expect("it is closed");
    String::from_utf8(answer).unwrap()
}

fn echo() -> Router {
    Router::new()
        .route("/", get(async || "hello"))
        .route("/echo", post(async |body: String| body))
        .route("/never", get(std::future::pending::<()>))
}

#[tokio::test]
async fn half_headers_and_silence_are_cut() {
    let server = Server::start(echo()).await;
    for part in ["", "P", "GET / HTTP/1.1\r\nhost: a\r\n", "PRI * HTTP/2.0\r\n"] {
        assert_eq!(server.send(part).await, "", "{part}");
    }
}

#[tokio::test]
async fn half_headers_after_a_request_are_cut() {
    let server = Server::start(echo()).await;
    let answer = server.send("GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HT").await;
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn half_bodies_are_cut() {
    let server = Server::start(echo()).await;
    let answer = server
        .send("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf")
        .await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn bodies_that_are_too_large_are_refused() {
    let server = Server::start(echo()).await;
    let body = "x".repeat(101);
    let answer = server
        .send(&format!(
            "POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 101\r\n\r\n{body}"
        ))
        .await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_said_so() {
    let server = Server::start(echo()).await;
    let answer = server.send("GET /never HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    let call = "GET /never HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc-web+proto\r\n\r\n";
    let answer = server.send(call).await;
    for part in [
        "HTTP/1.1 200",
        "content-type: application/grpc-web+proto\r\n",
        "grpc-status: 14\r\n",
    ] {
        assert!(answer.contains(part), "{answer}");
    }
}

#[tokio::test]
async fn there_are_so_many_connections_only() {
    let (all, per_peer) = (
        Limits {
            connections: 2,
            ..limits()
        },
        Limits {
            connections_per_peer: 2,
            ..limits()
        },
    );
    for limits in [all, per_peer] {
        at_most_two_connections(Server::start_with(echo(), limits).await).await;
    }
}

async fn at_most_two_connections(server: Server) {
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut connection = server.connect().await;
        connection
            .write_all(b"GET /never HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        open.push(connection);
    }
    assert_eq!(server.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await, "");
    // One that ends makes room for another.
    rest(&mut open[0]).await;
    let again = async { while server.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.is_empty() {} };
    timeout(Duration::from_secs(10), again).await.expect("room for another");
}

#[tokio::test]
async fn a_stream_that_goes_on_is_not_cut() {
    let finish = Arc::new(Notify::new());
    let finished = Arc::clone(&finish);
    let streaming = echo().route(
        "/stream",
        get(async move || {
            let parts = futures_util::stream::unfold(0, move |part| {
                let finished = Arc::clone(&finished);
                async move {
                    if part == 1 {
                        finished.notified().await;
                    }
                    (part < 2).then(|| (Ok::<_, Infallible>(format!("part {part}\n")), part + 1))
                }
            });
            Body::from_stream(parts)
        }),
    );
    let server = Server::start(streaming).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"GET /stream HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    // Long enough for every limit to pass, one after the other.
    for _ in 0..5 {
        server.send("").await;
    }
    finish.notify_one();
    let answer = rest(&mut stream).await;
    assert!(answer.contains("part 0") && answer.contains("part 1"), "{answer}");
}
