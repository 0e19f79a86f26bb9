//! Which permissions the bot's token has: Slack says so in a header of every answer.

use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;

use serde::Deserialize;

use crate::{Client, Error, Result};

/// Lists the token's scopes, comma-separated.
const HEADER: &str = "x-oauth-scopes";
const METHOD: &str = "auth.test";
/// The most bytes of an answer that are read.
const MOST: usize = 64 * 1024;

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
}

impl Client {
    /// The scopes that the bot's token has.
    pub async fn granted_scopes(&self) -> Result<Vec<String>> {
        let transient = |reason: &str| Error::Transient {
            method: METHOD,
            reason: reason.to_owned(),
        };
        let (https, api_url, token) = self.raw();
        // slack-morphism keeps headers to itself.
        let client = HttpClient::builder(TokioExecutor::new()).build::<_, Empty<&'static [u8]>>(https);
        let request = http::Request::post(format!("{api_url}/{METHOD}"))
            .header(http::header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Empty::new())
            .map_err(|_| transient("the request could not be built"))?;
        let answer = tokio::time::timeout(self.timeout(), client.request(request))
            .await
            .map_err(|_| Error::timed_out(METHOD, self.timeout()))?
            .map_err(|_| transient("the connection broke"))?;
        let scopes = answer.headers().get(HEADER).and_then(|value| value.to_str().ok());
        let scopes = scopes.map(str::to_owned);
        let body = Limited::new(answer.into_body(), MOST).collect();
        let body = tokio::time::timeout(self.timeout(), body)
            .await
            .map_err(|_| Error::timed_out(METHOD, self.timeout()))?
            .map_err(|_| transient("the connection broke"))?;
        if let Ok(Refusal { error: Some(code) }) = serde_json::from_slice(&body.to_bytes()) {
            return Err(Error::from_code(METHOD, code, None));
        }
        let scopes = scopes.ok_or_else(|| transient("Slack did not say which permissions there are"))?;
        Ok(scopes
            .split(',')
            .map(|scope| scope.trim().to_owned())
            .filter(|scope| !scope.is_empty())
            .collect())
    }
}
