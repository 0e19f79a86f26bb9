//! The Web API: one call at a time, bounded in time, its error sorted by meaning.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use opaque::Opaque;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use slack_morphism::errors::SlackClientError;
use slack_morphism::hyper_tokio::SlackClientHyperConnector;
use slack_morphism::{SlackApiToken, SlackApiTokenValue, SlackClient};
use tokio::net::TcpStream;
use tower_service::Service;
use tracing::Instrument;

use crate::egress::Egress;
use crate::limits::{self, RateLimits, Turn};
use crate::{Config, Error, Result};

/// The Web API of one workspace. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    inner: Opaque<Inner>,
}

struct Inner {
    client: SlackClient<SlackClientHyperConnector<Connector>>,
    bot: SlackApiToken,
    app: Option<SlackApiToken>,
    https: Connector,
    egress: Egress,
    /// For files, which slack-morphism does not move.
    files: HttpClient<Connector, Full<Bytes>>,
    api_url: String,
    timeout: Duration,
    limits: Box<dyn RateLimits>,
}

/// A call under way. Its type is erased for the reason that [`Opaque`] has: callers' futures do not carry the HTTP stack.
type Call<'a, R> = Pin<Box<dyn Future<Output = std::result::Result<R, SlackClientError>> + Send + 'a>>;

pub(crate) type Connector = HttpsConnector<Egress>;

/// Plain HTTP is for the sandbox; Slack's own addresses are all HTTPS.
fn connector(egress: Egress) -> std::io::Result<Connector> {
    Ok(HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(egress))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("timeout", &self.inner.timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client; no call is made yet.
    ///
    /// # Errors
    /// When the machine's certificates cannot be read.
    pub fn new(config: &Config, limits: impl RateLimits) -> std::io::Result<Self> {
        // Reading the machine's certificates takes a while: once.
        let egress = Egress::new(&config.proxies);
        let https = connector(egress.clone())?;
        let connector = SlackClientHyperConnector::with_connector(https.clone()).with_slack_api_url(&config.api_url);
        let token = |secret: &secrecy::SecretString| {
            SlackApiToken::new(SlackApiTokenValue::new(secret.expose_secret().to_owned()))
        };
        Ok(Self {
            inner: Opaque::new(Inner {
                client: SlackClient::new(connector),
                bot: token(&config.bot_token),
                app: config.app_token.as_ref().map(token),
                files: HttpClient::builder(TokioExecutor::new()).build(https.clone()),
                https,
                egress,
                api_url: config.api_url.clone(),
                timeout: config.timeout,
                limits: Box::new(limits),
            }),
        })
    }

    /// What a request that slack-morphism cannot make needs: a connector, the base address, the bot's token.
    pub(crate) fn raw(&self) -> (Connector, &str, &str) {
        (
            self.inner.https.clone(),
            &self.inner.api_url,
            &self.inner.bot.token_value.0,
        )
    }

    /// What moves files.
    pub(crate) fn files(&self) -> &HttpClient<Connector, Full<Bytes>> {
        &self.inner.files
    }

    /// Opens a connection to the host of a socket, through a proxy where one is named. TLS comes on top.
    ///
    /// # Errors
    /// When the host or the proxy cannot be reached.
    pub async fn connect(&self, socket: &url::Url) -> std::io::Result<TcpStream> {
        let (scheme, port) = match socket.scheme() {
            "ws" => ("http", 80),
            _ => ("https", 443),
        };
        let host = socket.host_str().unwrap_or_default();
        let port = socket.port().unwrap_or(port);
        let to = format!("{scheme}://{host}:{port}").parse::<http::Uri>();
        let to = to.map_err(std::io::Error::other)?;
        let connected = self.inner.egress.clone().call(to).await;
        Ok(connected.map_err(std::io::Error::other)?.into_inner())
    }

    /// How long one call may take in all.
    pub fn timeout(&self) -> Duration {
        self.inner.timeout
    }

    /// Calls a method that takes JSON.
    pub(crate) async fn post<R>(
        &self,
        method: &'static str,
        channel: &str,
        body: &(impl Serialize + Send + Sync),
    ) -> Result<R>
    where
        R: DeserializeOwned + Send,
    {
        let call: Call<'_, R> = Box::pin(async {
            let session = self.inner.client.open_session(&self.inner.bot);
            session.http_session_api.http_post(method, body, None).await
        });
        self.bounded(method, channel, call).await
    }

    /// Like [`Self::post`], with the body of a refusal beside its error.
    pub(crate) async fn post_or_refusal<R>(
        &self,
        method: &'static str,
        channel: &str,
        body: &(impl Serialize + Send + Sync),
    ) -> std::result::Result<R, (Error, Option<String>)>
    where
        R: DeserializeOwned + Send,
    {
        let call: Call<'_, R> = Box::pin(async {
            let session = self.inner.client.open_session(&self.inner.bot);
            session.http_session_api.http_post(method, body, None).await
        });
        self.bounded_with_body(method, channel, call).await
    }

    /// Calls a method that only takes a query.
    pub(crate) async fn get<R>(&self, method: &'static str, query: &[(&str, Option<String>)]) -> Result<R>
    where
        R: DeserializeOwned + Send,
    {
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        let call: Call<'_, R> = Box::pin(async {
            let session = self.inner.client.open_session(&self.inner.bot);
            session.http_session_api.http_get(method, &query, None).await
        });
        self.bounded(method, "", call).await
    }

    /// Calls a method as the app instead of as its bot.
    pub(crate) async fn post_as_app<R>(&self, method: &'static str) -> Result<R>
    where
        R: DeserializeOwned + Send,
    {
        let Some(token) = &self.inner.app else {
            return Err(Error::Unauthorized {
                method,
                code: "no_app_token".to_owned(),
            });
        };
        let nothing = serde_json::json!({});
        let call: Call<'_, R> = Box::pin(async {
            let session = self.inner.client.open_session(token);
            session.http_session_api.http_post(method, &nothing, None).await
        });
        self.bounded(method, "", call).await
    }

    /// Posts to an address that Slack gave for one answer. The address is a secret.
    pub(crate) async fn post_to_address<R>(
        &self,
        method: &'static str,
        address: url::Url,
        body: &(impl Serialize + Send + Sync),
    ) -> Result<R>
    where
        R: DeserializeOwned + Send,
    {
        use slack_morphism::{SlackClientApiCallContext, SlackClientHttpConnector};

        let call: Call<'_, R> = Box::pin(async {
            let span = tracing::Span::current();
            let context = SlackClientApiCallContext {
                rate_control_params: None,
                token: None,
                tracing_span: &span,
                is_sensitive_url: true,
            };
            let connector = &self.inner.client.http_api.connector;
            connector.http_post_uri(address, body, context).await
        });
        self.bounded(method, "", call).await
    }

    async fn bounded<R>(&self, method: &'static str, channel: &str, call: Call<'_, R>) -> Result<R> {
        let outcome = self.bounded_with_body(method, channel, call).await;
        outcome.map_err(|(error, _)| error)
    }

    async fn bounded_with_body<R>(
        &self,
        method: &'static str,
        channel: &str,
        call: Call<'_, R>,
    ) -> std::result::Result<R, (Error, Option<String>)> {
        let wanted = limits::Call::new(method, channel);
        let turn = self.inner.limits.take(wanted).await;
        if let Turn::Wait(after) = turn {
            return Err((Error::RateLimited { method, after }, None));
        }
        let span = tracing::info_span!("slack", method);
        let outcome = match tokio::time::timeout(self.inner.timeout, call.instrument(span)).await {
            Err(_) => Err((Error::timed_out(method, self.inner.timeout), None)),
            Ok(answer) => answer.map_err(|error| {
                let body = match &error {
                    SlackClientError::ApiError(api) => api.http_response_body.clone(),
                    _ => None,
                };
                (Error::from_client(method, error), body)
            }),
        };
        match &outcome {
            Err((Error::RateLimited { after, .. }, _)) => self.inner.limits.note(wanted, *after).await,
            // A refusal was taken too: the limit comes first.
            _ if turn == Turn::Probe => {
                let taken = outcome
                    .as_ref()
                    .map_or_else(|(error, _)| error.had_no_effect(), |_| true);
                self.inner.limits.probed(wanted, taken).await;
            }
            _ => {}
        }
        outcome
    }
}
