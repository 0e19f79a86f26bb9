//! Which permissions the bot's token has: Slack says so in a header of every answer.

use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;

use serde::Deserialize;

use crate::manifest::missing;
use crate::{Client, Error, Result};

/// What whoever set the app up has to do about an installation for a whole organisation.
pub const INSTALLED_FOR_ORGANISATION: &str = "The Slack app is installed for a whole Enterprise Grid organisation, \
     which incident-bot doesn't support. Install it to one workspace, and use that installation's bot token.";

/// Lists the token's scopes, comma-separated.
const HEADER: &str = "x-oauth-scopes";
const METHOD: &str = "auth.test";
/// The most bytes of an answer that are read.
const MOST: usize = 64 * 1024;

#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
}

/// Whether Slack can be used, with a sentence where it cannot.
#[derive(Debug)]
pub struct Access {
    /// By the bot's token at all.
    pub token: std::result::Result<(), String>,
    /// With all permissions that are needed; what a missing one switches off is named.
    pub permissions: std::result::Result<(), String>,
}

impl Client {
    /// Asks Slack about the bot's token. Nothing changes by it.
    pub async fn access(&self) -> Access {
        let said = |error: &Error| match error.token_refused("SLACK_BOT_TOKEN") {
            Some(refused) => refused.to_string(),
            None => error.to_string(),
        };
        let token = match self.identity().await {
            Ok(identity) if identity.is_enterprise_install => Err(INSTALLED_FOR_ORGANISATION.to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(said(&error)),
        };
        let permissions = match self.granted_scopes().await {
            Ok(granted) => match missing(&granted).as_slice() {
                [] => Ok(()),
                lacks => {
                    let lacks: Vec<_> = lacks
                        .iter()
                        .map(|scope| format!("{} (needed for {})", scope.name, scope.needed_for))
                        .collect();
                    Err(format!(
                        "the Slack app lacks {}: give it the current manifest and reinstall it",
                        lacks.join(", ")
                    ))
                }
            },
            Err(error) => Err(said(&error)),
        };
        Access { token, permissions }
    }

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
        let scopes = scopes.ok_or_else(|| transient("Slack didn't return the app's scopes"))?;
        Ok(scopes
            .split(',')
            .map(|scope| scope.trim().to_owned())
            .filter(|scope| !scope.is_empty())
            .collect())
    }
}
