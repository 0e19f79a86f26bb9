//! Files: fetched with the bot's token, and uploaded by the three steps that Slack wants.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{Client, Error, Result};

const DOWNLOAD: &str = "files.download";
/// How often an address may lead to another one.
const MAX_HOPS: usize = 3;
/// A file takes longer than an answer.
const FILE_TIME: u32 = 4;
/// What to wait when a limit does not say how long.
const DEFAULT_WAIT: u64 = 5;

#[derive(Deserialize)]
struct UploadAddress {
    upload_url: Url,
    file_id: String,
}

impl Client {
    /// Fetches a file of at most `most` bytes from where Slack says that it is.
    ///
    /// The bot's token goes to Slack's own hosts only. A page in the place of the file, which Slack shows to who may not
    /// read it, is refused.
    pub async fn download(&self, address: &Url, most: usize) -> Result<Bytes> {
        let mut address = address.clone();
        for _ in 0..MAX_HOPS {
            if !self.is_slacks(&address) {
                return Err(refused("not_slacks_address"));
            }
            let (.., token) = self.raw();
            let request = Request::get(address.as_str())
                .header(AUTHORIZATION, format!("Bearer {token}"))
                .body(Full::default())
                .map_err(|_| refused("bad_address"))?;
            let fetch = async {
                let answer = self.files().request(request).await;
                let answer = answer.map_err(|_| transient(DOWNLOAD, "the connection broke"))?;
                if let Some(next) = leads_to(&address, &answer) {
                    return Ok(Err(next));
                }
                sound(DOWNLOAD, answer.status(), answer.headers())?;
                is_file(answer.headers(), most)?;
                match Limited::new(answer.into_body(), most).collect().await {
                    Ok(body) => Ok(Ok(body.to_bytes())),
                    Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(refused("too_large")),
                    Err(_) => Err(transient(DOWNLOAD, "the connection broke")),
                }
            };
            match self.in_time(DOWNLOAD, fetch).await? {
                Ok(bytes) => return Ok(bytes),
                Err(next) => address = next,
            }
        }
        Err(refused("too_many_redirects"))
    }

    /// Asks for an address to send a file to, sends it, and gives its id. Nobody sees the file before it is shared.
    pub async fn upload(&self, name: &str, bytes: Bytes) -> Result<String> {
        let query = [
            ("filename", Some(name.to_owned())),
            ("length", Some(bytes.len().to_string())),
        ];
        let to: UploadAddress = self.get("files.getUploadURLExternal", &query).await?;
        if !self.is_slacks(&to.upload_url) {
            return Err(refused("not_slacks_address"));
        }
        self.post_bytes("upload", &to.upload_url, bytes).await?;
        Ok(to.file_id)
    }

    /// Shares an uploaded file in a channel, with a comment. An effect that would hurt twice: the file's name is how
    /// [`Self::find_file`] finds it again.
    pub async fn share_file(&self, channel: &str, file: &str, title: &str, comment: &str) -> Result<()> {
        let body = json!({
            "files": [{ "id": file, "title": title }],
            "channel_id": channel,
            "initial_comment": comment,
        });
        self.post::<Value>("files.completeUploadExternal", channel, &body)
            .await
            .map(|_| ())
    }

    /// Whether a file with this key in its name was shared in a channel since `oldest`.
    pub async fn find_file(&self, channel: &str, key: &str, oldest: DateTime<Utc>) -> Result<bool> {
        let oldest = format!("{}.000000", oldest.timestamp());
        let mut cursor = None;
        loop {
            let (messages, next) = self.history_since(channel, &oldest, cursor).await?;
            if messages
                .iter()
                .flat_map(|message| &message.files)
                .any(|file| file.name.contains(key))
            {
                return Ok(true);
            }
            cursor = next;
            if cursor.is_none() {
                return Ok(false);
            }
        }
    }

    async fn post_bytes(&self, method: &'static str, address: &Url, bytes: Bytes) -> Result<()> {
        // The address is a secret of its own; no token goes there.
        let request = Request::post(address.as_str())
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(Full::new(bytes))
            .map_err(|_| transient(method, "the request could not be built"))?;
        let send = async {
            let answer = self.files().request(request).await;
            let answer = answer.map_err(|_| transient(method, "the connection broke"))?;
            sound(method, answer.status(), answer.headers())
        };
        self.in_time(method, send).await
    }

    async fn in_time<T>(&self, method: &'static str, call: impl Future<Output = Result<T>>) -> Result<T> {
        let limit = self.timeout() * FILE_TIME;
        let answer = tokio::time::timeout(limit, call).await;
        answer.unwrap_or_else(|_| Err(Error::timed_out(method, limit)))
    }

    /// Whether an address is one of Slack's own, which may be given the bot's token; in tests the sandbox's.
    fn is_slacks(&self, address: &Url) -> bool {
        let (_, api, _) = self.raw();
        api.parse().is_ok_and(|api| is_slacks(&api, address))
    }
}

fn is_slacks(api: &Url, address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    address.origin() == api.origin()
        || (address.scheme() == "https" && (host == "slack.com" || host.ends_with(".slack.com")))
}

/// The address that an answer leads to.
fn leads_to<B>(from: &Url, answer: &Response<B>) -> Option<Url> {
    if !answer.status().is_redirection() {
        return None;
    }
    from.join(answer.headers().get(LOCATION)?.to_str().ok()?).ok()
}

/// Whether what comes is a file of at most `most` bytes, as far as its headers say.
fn is_file(headers: &http::HeaderMap, most: usize) -> Result<()> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(refused("not_a_file"));
    }
    let length = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(refused("too_large"));
    }
    Ok(())
}

/// What a status means.
fn sound(method: &'static str, status: StatusCode, headers: &http::HeaderMap) -> Result<()> {
    if status.is_success() {
        return Ok(());
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        let after = headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let after = Duration::from_secs(after.unwrap_or(DEFAULT_WAIT));
        return Err(Error::RateLimited { method, after });
    }
    if status.is_server_error() {
        return Err(Error::ServerError {
            method,
            reason: format!("Slack answered with status {}", status.as_u16()),
        });
    }
    Err(Error::Refused {
        method,
        code: format!("http_{}", status.as_u16()),
        detail: None,
    })
}

fn refused(code: &str) -> Error {
    Error::Refused {
        method: DOWNLOAD,
        code: code.to_owned(),
        detail: None,
    }
}

fn transient(method: &'static str, reason: &str) -> Error {
    Error::Transient {
        method,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_slack_only() {
        let api: Url = "https://slack.com/api".parse().unwrap();
        let slacks = |address: &str| is_slacks(&api, &address.parse().unwrap());
        assert!(slacks("https://files.slack.com/files-pri/T1-F1/graph.png"));
        assert!(!slacks("http://files.slack.com/files-pri/T1-F1/graph.png"));
        assert!(!slacks("https://files.slack.com.example.org/graph.png"));
        assert!(!slacks("https://notslack.com/graph.png"));
        let sandbox: Url = "http://127.0.0.1:4000/api".parse().unwrap();
        assert!(is_slacks(&sandbox, &"http://127.0.0.1:4000/files/F1".parse().unwrap()));
        assert!(!is_slacks(&sandbox, &"http://127.0.0.1:4001/files/F1".parse().unwrap()));
    }

    #[test]
    fn a_redirect_is_read() {
        let from: Url = "https://files.slack.com/a/b".parse().unwrap();
        let answer = Response::builder().status(302).header(LOCATION, "/c").body(()).unwrap();
        assert_eq!(leads_to(&from, &answer).unwrap().as_str(), "https://files.slack.com/c");
        assert!(leads_to(&from, &Response::new(())).is_none());
    }
}
