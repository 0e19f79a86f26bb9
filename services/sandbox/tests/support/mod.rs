//! An app that speaks to the sandbox with nothing but HTTP and a WebSocket.
#![allow(
    dead_code,
    clippy::expect_used,
    reason = "each test file uses its own part, and only tests do"
)]

use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) struct App {
    pub(crate) sandbox: Sandbox,
    http: Client<HttpConnector, Full<bytes::Bytes>>,
}

/// What a call brought: status, headers, body.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl App {
    pub(crate) async fn start(config: Config) -> Self {
        let sandbox = Sandbox::start(config).await.expect("a sandbox");
        Self {
            sandbox,
            http: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// A sandbox whose bot is in `incidents`.
    pub(crate) async fn in_incidents() -> Self {
        Self::start(Config::default().with_bot_in("incidents")).await
    }

    pub(crate) async fn send(
        &self,
        request: http::request::Builder,
        body: impl Into<bytes::Bytes>,
    ) -> Result<Got, hyper_util::client::legacy::Error> {
        let request = request.body(Full::new(body.into())).expect("a request");
        let response = self.http.request(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Ok(Got {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    pub(crate) async fn raw(
        &self,
        token: &str,
        method: &str,
        args: &Value,
    ) -> Result<Got, hyper_util::client::legacy::Error> {
        let request = http::Request::post(format!("{}/{method}", self.sandbox.slack_api_url()))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json; charset=utf-8");
        self.send(request, args.to_string()).await
    }

    /// A call with JSON and the bot's token.
    pub(crate) async fn call(&self, method: &str, args: Value) -> Value {
        let got = self.raw("xoxb-sandbox", method, &args).await.expect("an answer");
        serde_json::from_str(&got.text).expect("JSON")
    }

    /// A call that must succeed.
    pub(crate) async fn ok(&self, method: &str, args: Value) -> Value {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer
    }

    /// A call by query, as methods want that read no JSON.
    pub(crate) async fn get(&self, method: &str, query: &str) -> Value {
        let request = http::Request::get(format!("{}/{method}?{query}", self.sandbox.slack_api_url()))
            .header("authorization", "Bearer xoxb-sandbox");
        let got = self.send(request, "").await.expect("an answer");
        serde_json::from_str(&got.text).expect("JSON")
    }

    /// The error of a call that must be refused.
    pub(crate) async fn refused(&self, method: &str, args: Value) -> String {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        answer["error"].as_str().expect("an error").to_owned()
    }

    /// A request to `/sandbox/…` with its status and answer.
    pub(crate) async fn put(&self, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = http::Request::builder()
            .method(verb)
            .uri(format!("{}/sandbox/{path}", self.sandbox.url()))
            .header("content-type", "application/json");
        let got = self.send(request, body.to_string()).await.expect("an answer");
        (got.status, serde_json::from_str(&got.text).unwrap_or_default())
    }

    /// A change by an admin that must succeed.
    pub(crate) async fn patch(&self, path: &str, body: &Value) {
        let (status, answer) = self.put("PATCH", path, body).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// What `/sandbox/…` shows.
    pub(crate) async fn look(&self, path: &str) -> Value {
        self.put("GET", path, &Value::Null).await.1
    }

    /// The status of an act over HTTP.
    pub(crate) async fn act_status(&self, who: &str, act: &Value) -> u16 {
        self.put("POST", &format!("people/{who}/act"), act).await.0
    }

    pub(crate) async fn connect(&self) -> Socket {
        let got = self
            .raw("xapp-sandbox", "apps.connections.open", &json!({}))
            .await
            .expect("an answer");
        let answer: Value = serde_json::from_str(&got.text).expect("JSON");
        let url = answer["url"].as_str().expect("a url");
        let (stream, _) = tokio_tungstenite::connect_async(url).await.expect("a socket");
        Socket(stream)
    }

    /// A connection that has said hello.
    pub(crate) async fn connected(&self) -> Socket {
        let mut socket = self.connect().await;
        assert_eq!(socket.next().await.expect("a frame")["type"], "hello");
        socket
    }
}

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// The next text frame; none when the connection is over.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await? {
                Ok(Frame::Text(text)) => {
                    return Some(serde_json::from_str(&text).expect("JSON"));
                }
                Ok(Frame::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next envelope of this type, acknowledging what comes before it.
    pub(crate) async fn envelope(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await.expect("a frame");
            if frame["type"] == kind {
                return frame;
            }
            self.ack(&frame, Value::Null).await;
        }
    }

    /// The next event of this type, acknowledged, as those before it.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        loop {
            let envelope = self.envelope("events_api").await;
            self.ack(&envelope, Value::Null).await;
            if envelope["payload"]["event"]["type"] == kind {
                return envelope["payload"]["event"].clone();
            }
        }
    }

    pub(crate) async fn ack(&mut self, envelope: &Value, payload: Value) {
        let mut ack = json!({ "envelope_id": envelope["envelope_id"] });
        if !payload.is_null() {
            ack["payload"] = payload;
        }
        self.0.send(Frame::Text(ack.to_string().into())).await.expect("to send");
    }
}

pub(crate) fn modal(blocks: &Value) -> Value {
    json!({
        "type": "modal", "callback_id": "declare",
        "title": { "type": "plain_text", "text": "New incident" },
        "submit": { "type": "plain_text", "text": "Start" },
        "blocks": blocks,
    })
}

pub(crate) fn text_input(block_id: &str, label: &str) -> Value {
    json!({
        "type": "input", "block_id": block_id,
        "label": { "type": "plain_text", "text": label },
        "element": { "type": "plain_text_input", "action_id": "value", "multiline": true },
    })
}
