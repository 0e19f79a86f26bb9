//! Making a call and reading its answer, within limits.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use opaque::Opaque;
use reqwest::multipart;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tracing::Instrument;
use url::Url;

use crate::{Error, Gate, Guard, Result};

/// What a call may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a call may take in all: redirects, waiting, reading.
    pub timeout: Duration,
    /// The most bytes of an answer's body.
    pub body: usize,
    /// How many redirects are followed.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Below the lease of a job, so that a call ends before its job is somebody else's.
            timeout: Duration::from_secs(8),
            body: 4 << 20,
            redirects: 5,
        }
    }
}

/// Why there is no client.
#[derive(Debug, Error)]
#[error("no HTTP client could be made: {0}")]
pub struct BuildError(#[from] reqwest::Error);

/// Calls vendors. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Opaque<reqwest::Client>,
    limits: Limits,
    gate: Option<Arc<dyn Gate>>,
    guard: Option<Guard>,
}

impl Client {
    /// A client; no call is made yet.
    pub fn new(limits: Limits) -> std::result::Result<Self, BuildError> {
        Self::build(limits, None)
    }

    /// A client for addresses that people name: it calls those that the guard allows. It goes through no proxy, which would
    /// look host names up itself.
    pub fn guarded(limits: Limits, guard: Guard) -> std::result::Result<Self, BuildError> {
        Self::build(limits, Some(guard))
    }

    fn build(limits: Limits, guard: Option<Guard>) -> std::result::Result<Self, BuildError> {
        // The process's provider, which the mains install; whoever comes second finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder();
        if let Some(guard) = &guard {
            builder = builder.no_proxy().dns_resolver(Arc::new(guard.clone()));
        }
        let inner = builder
            .user_agent(concat!("incident-bot/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits.timeout / 2)
            .timeout(limits.timeout)
            .referer(false)
            .build()?;
        Ok(Self {
            inner: Opaque::new(inner),
            limits,
            gate: None,
            guard,
        })
    }

    /// Has every call pass a gate, where there is one: a call that may not go out now is [`Error::RateLimited`] at once.
    #[must_use]
    pub fn gated(mut self, gate: Option<Arc<dyn Gate>>) -> Self {
        self.gate = gate;
        self
    }

    /// How long a call may take in all.
    pub fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    /// Begins a request that reads.
    pub fn get(&self, url: Url) -> Request {
        self.request(Method::GET, url)
    }

    /// Begins a request that adds something.
    pub fn post(&self, url: Url) -> Request {
        self.request(Method::POST, url)
    }

    /// Begins a request that replaces something.
    pub fn put(&self, url: Url) -> Request {
        self.request(Method::PUT, url)
    }

    /// Begins a request that changes parts of something.
    pub fn patch(&self, url: Url) -> Request {
        self.request(Method::PATCH, url)
    }

    /// Begins a request that removes something.
    pub fn delete(&self, url: Url) -> Request {
        self.request(Method::DELETE, url)
    }

    fn request(&self, method: Method, url: Url) -> Request {
        Request {
            client: self.clone(),
            method,
            url,
            headers: HeaderMap::new(),
            body: Ok(None),
        }
    }
}

/// A part of a form that carries a file, or a field where it has no file name.
#[derive(Clone, Debug)]
pub struct Part {
    /// Name of the field.
    pub name: &'static str,
    /// Name of the file.
    pub file_name: Option<String>,
    /// Its media type, such as `image/png`.
    pub media_type: Option<String>,
    /// What is in it.
    pub bytes: Bytes,
}

/// What goes with a request.
enum Body {
    Json(Vec<u8>),
    Form(multipart::Form),
}

/// A request that was not sent yet.
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    client: Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    /// An error where it could not be made.
    body: Result<Option<Body>>,
}

impl fmt::Debug for Request {
    /// Without the address, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

impl Request {
    /// Adds a header; one that is no text is left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Adds a header that proves who we are: never printed, and never sent to another host that a redirect leads to.
    pub fn credential(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }

    /// Sends this value as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.body = serde_json::to_vec(value)
            .map(|json| Some(Body::Json(json)))
            .map_err(|error| Error::Refused(format!("the request could not be made: {error}")));
        self.header(header::CONTENT_TYPE, "application/json")
    }

    /// Sends a form with files.
    pub fn multipart(mut self, parts: Vec<Part>) -> Self {
        let mut form = multipart::Form::new();
        for Part {
            name,
            file_name,
            media_type,
            bytes,
        } in parts
        {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let mut part = multipart::Part::stream_with_length(bytes, length);
            if let Some(file_name) = file_name {
                part = part.file_name(file_name);
            }
            if let Some(media_type) = media_type {
                let Ok(typed) = part.mime_str(&media_type) else {
                    self.body = Err(Error::Refused(format!("“{media_type}” is no media type")));
                    return self;
                };
                part = typed;
            }
            form = form.part(name, part);
        }
        self.body = Ok(Some(Body::Form(form)));
        self
    }

    /// Sends it. Whatever is no success, and no 304, is an error.
    pub async fn send(self) -> Result<Response> {
        self.exchange().await?.success()
    }

    /// Sends it and gives the answer whatever its status, for a vendor whose errors say more in their body.
    pub async fn exchange(self) -> Result<Response> {
        let gate = self.client.gate.clone();
        if let Some(gate) = &gate
            && let Some(wait) = gate.wait().await
        {
            return Err(Error::RateLimited(wait));
        }
        let answer = self.sent().await;
        if let (Some(gate), Ok(response)) = (gate, &answer)
            && let Err(Error::RateLimited(wait)) = response.check()
        {
            gate.limited(wait).await;
        }
        answer
    }

    async fn sent(self) -> Result<Response> {
        let span = tracing::info_span!("http", method = %self.method, host = self.url.host_str());
        let timeout = self.client.limits.timeout;
        let answer: Pin<Box<dyn Future<Output = Result<Response>> + Send>> = Box::pin(self.follow().instrument(span));
        tokio::time::timeout(timeout, answer)
            .await
            .unwrap_or_else(|_| Err(Error::Transient("it did not answer in time".to_owned())))
    }

    async fn follow(mut self) -> Result<Response> {
        let mut body = std::mem::replace(&mut self.body, Ok(None))?;
        for _ in 0..=self.client.limits.redirects {
            if let Some(guard) = &self.client.guard {
                guard.check(&self.url)?;
            }
            let mut request = self
                .client
                .inner
                .request(self.method.clone(), self.url.clone())
                .headers(self.headers.clone());
            // What changes something is never redirected, so its body goes out once.
            request = match body.take() {
                Some(Body::Json(json)) => request.body(json),
                Some(Body::Form(form)) => request.multipart(form),
                None => request,
            };
            let answer = request.send().await.map_err(|error| Error::of_transport(&error))?;
            let status = answer.status();
            tracing::debug!(status = status.as_u16(), "answered");
            if status == StatusCode::NOT_MODIFIED || !status.is_redirection() {
                return self.read(answer).await;
            }
            self.go_on_to(answer.headers().get(header::LOCATION))?;
        }
        Err(Error::Refused("it redirects too often".to_owned()))
    }

    /// Turns to where a redirect leads.
    fn go_on_to(&mut self, location: Option<&HeaderValue>) -> Result<()> {
        let refused = |reason: &str| Err(Error::Refused(format!("it redirects {reason}")));
        let Some(target) = location
            .and_then(|location| location.to_str().ok())
            .and_then(|location| self.url.join(location).ok())
        else {
            return refused("to no address");
        };
        if self.method != Method::GET {
            return refused("what is to be changed");
        }
        match (self.url.scheme(), target.scheme()) {
            ("https" | "http", "https") | ("http", "http") => {}
            _ => return refused("to an address that is not safe"),
        }
        if self.url.origin() != target.origin() {
            let kept = self.headers.drain().filter_map(|(name, value)| Some((name?, value)));
            self.headers = kept.filter(|(_, value)| !value.is_sensitive()).collect();
        }
        self.url = target;
        Ok(())
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Response> {
        let most = self.client.limits.body;
        let too_long = || Error::Refused(format!("its answer is longer than {} MB", most >> 20));
        if answer
            .content_length()
            .is_some_and(|length| length > u64::try_from(most).unwrap_or(u64::MAX))
        {
            return Err(too_long());
        }
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| Error::of_transport(&error))? {
            if body.len() + piece.len() > most {
                return Err(too_long());
            }
            body.extend_from_slice(&piece);
        }
        Ok(Response {
            status: answer.status(),
            headers: std::mem::take(answer.headers_mut()),
            body: body.freeze(),
        })
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    /// What became of the call; never a redirect but 304.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, of which there is none with 304.
    pub body: Bytes,
}

impl Response {
    /// The answer where it is a success, or 304; else what its status means.
    pub fn success(self) -> Result<Self> {
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<()> {
        if self.status == StatusCode::NOT_MODIFIED || self.status.is_success() {
            return Ok(());
        }
        Err(Error::of_status(self.status, &self.headers))
    }

    /// The text of a header.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Refuses a page that is for people: gateways, logins and maintenance answer so with a success.
    pub fn no_page(&self) -> Result<()> {
        let kind = self.header(&header::CONTENT_TYPE).unwrap_or_default();
        let begin: Vec<u8> = self
            .body
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .take(14)
            .map(u8::to_ascii_lowercase)
            .collect();
        let is_page =
            kind.starts_with("text/html") || begin.starts_with(b"<!doctypehtml") || begin.starts_with(b"<html");
        if is_page {
            return Err(Error::Refused("it sent a web page instead of data".to_owned()));
        }
        Ok(())
    }

    /// Its body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        self.no_page()?;
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::Refused(format!("its answer could not be parsed: {error}")))
    }
}
