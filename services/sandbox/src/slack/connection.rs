//! One Socket Mode connection, from its hello to its end.

use std::time::Duration;

use axum::extract::ws::{Message as Frame, WebSocket};
use serde_json::json;
use tokio::sync::mpsc;

use super::app::APP_ID;
use super::socket::{Connection, Order, Sockets};

/// How many connections Slack allows at once.
const MOST_CONNECTIONS: usize = 10;
const PING_EVERY: Duration = Duration::from_secs(10);

impl Sockets {
    /// Serves one connection until it ends.
    pub(crate) async fn serve(self, mut socket: WebSocket) {
        let (orders, mut inbox) = mpsc::unbounded_channel();
        let (number, open) = {
            let mut hub = self.hub();
            hub.last_connection += 1;
            let (number, open) = (hub.last_connection, hub.connections.len());
            // Counted at once: two that open together are told different numbers.
            if open < MOST_CONNECTIONS {
                hub.connections.push(Connection {
                    number,
                    orders,
                    draining: false,
                    foreign: false,
                });
            }
            (number, open)
        };
        if open >= MOST_CONNECTIONS {
            let frame = json!({
                "type": "disconnect", "reason": "too_many_websockets",
                "num_connections": open, "debug_info": { "host": format!("sandbox-{number}") },
                "connection_info": { "app_id": APP_ID },
            });
            let _ = socket.send(Frame::Text(frame.to_string().into())).await;
            return;
        }
        let hello = json!({
            "type": "hello", "num_connections": open + 1,
            "debug_info": {
                "host": format!("sandbox-{number}"), "build_number": 1,
                "approximate_connection_time": 18_060,
            },
            "connection_info": { "app_id": APP_ID },
        });
        if socket.send(Frame::Text(hello.to_string().into())).await.is_err() {
            self.ended(number);
            return;
        }
        self.changes.bump();
        let mut ping = tokio::time::interval(PING_EVERY);
        let mut ending = None;
        loop {
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(Order::Send(text)) => {
                        if socket.send(Frame::Text(text.into())).await.is_err() {
                            break;
                        }
                    }
                    Some(Order::Close) => {
                        // What the app still sends before it closes its side is read.
                        let _ = socket.send(Frame::Close(None)).await;
                        ending = Some(tokio::time::Instant::now() + self.timing.farewell);
                    }
                    None => break,
                },
                frame = socket.recv() => match frame {
                    Some(Ok(Frame::Text(text))) => self.acknowledged(&text),
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                },
                () = at(ending) => break,
                _ = ping.tick(), if ending.is_none() => {
                    if socket.send(Frame::Ping("ping".into())).await.is_err() {
                        break;
                    }
                }
            }
        }
        self.ended(number);
    }

    fn ended(&self, number: u64) {
        self.hub().end(number);
        self.changes.bump();
    }
}

/// Waits until then; for ever without a time.
async fn at(time: Option<tokio::time::Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
