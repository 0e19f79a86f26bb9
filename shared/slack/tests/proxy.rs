//! Slack is reached through the proxy that the environment names, unless the host is excepted.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use slack::{Client, Config, NoRateLimits, Proxies};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// A proxy that notes where it is asked to lead, and answers there as Slack would.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://user:secret@{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let notes = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, notes.clone()));
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn client(&self, none_for: Option<&str>) -> Client {
        let config = Config {
            api_url: "http://slack.invalid:80/api".to_owned(),
            bot_token: "xoxb-1".into(),
            app_token: None,
            timeout: Duration::from_secs(5),
            proxies: Proxies {
                all: Some(self.address.clone()),
                none_for: none_for.map(str::to_owned),
                ..Proxies::default()
            },
        };
        Client::new(&config, NoRateLimits).unwrap()
    }
}

/// The head of a request: its first line, and the whole.
async fn head(stream: &mut BufStream<TcpStream>) -> Option<(String, String)> {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        all.push_str(&line);
        if line == "\r\n" {
            let first = all.lines().next()?.to_owned();
            return Some((first, all));
        }
    }
}

async fn serve(stream: TcpStream, asked: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut stream = BufStream::new(stream);
    let (first, all) = head(&mut stream).await?;
    assert!(all.to_lowercase().contains("proxy-authorization: basic "), "{all}");
    asked.lock().unwrap().push(first);
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    stream.flush().await.ok()?;
    let (_, all) = head(&mut stream).await?;
    let length = all.to_lowercase();
    let length = length
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    let answer = r#"{"ok":true,"user_id":"UBOT","team_id":"T1"}"#;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-oauth-scopes: chat:write\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

#[tokio::test]
async fn calls_and_sockets_go_through_the_proxy() {
    let proxy = Proxy::start().await;
    let slack = proxy.client(None);
    assert_eq!(slack.identity().await.unwrap().team_id, "T1");
    assert_eq!(slack.granted_scopes().await.unwrap(), ["chat:write"]);
    let socket = "wss://wss-primary.slack.invalid/link?ticket=1".parse().unwrap();
    slack.connect(&socket).await.unwrap();
    let to_slack = "CONNECT slack.invalid:80 HTTP/1.1";
    assert_eq!(
        proxy.asked(),
        [to_slack, to_slack, "CONNECT wss-primary.slack.invalid:443 HTTP/1.1"]
    );
}

#[tokio::test]
async fn a_host_that_is_excepted_is_reached_directly() {
    let proxy = Proxy::start().await;
    // There is no such host, so nothing is reached; but the proxy is not asked.
    assert!(proxy.client(Some("slack.invalid")).identity().await.is_err());
    assert_eq!(proxy.asked(), Vec::<String>::new());
}
