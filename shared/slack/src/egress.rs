//! The way out to Slack: direct, or through the proxy that the environment names, for calls, files and sockets alike.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use config::Reader;
use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// The proxies that the environment names; none by default.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For addresses with `https`, as all of Slack's are.
    pub https: Option<String>,
    /// For addresses with `http`.
    pub http: Option<String>,
    /// For all that have none of their own.
    pub all: Option<String>,
    /// Hosts that are reached directly, separated by commas.
    pub none_for: Option<String>,
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address may hold a password.
        let is_set = self.https.is_some() || self.http.is_some() || self.all.is_some();
        f.debug_struct("Proxies")
            .field("is_set", &is_set)
            .finish_non_exhaustive()
    }
}

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not.
    pub fn read(reader: &Reader) -> Self {
        let either = |name: &str| reader.text(name).or_else(|| reader.text(&name.to_lowercase()));
        Self {
            https: either("HTTPS_PROXY"),
            http: either("HTTP_PROXY"),
            all: either("ALL_PROXY"),
            none_for: either("NO_PROXY"),
        }
    }

    /// What is wrong with the proxy on the way to this address, and what to do; `None` where nothing is.
    pub(crate) fn fault(&self, to: &str) -> Option<String> {
        let to: Uri = to.parse().ok()?;
        let proxy = self.matcher().intercept(&to)?;
        let scheme = proxy.uri().scheme_str().filter(|scheme| *scheme != "http")?;
        let (own, name) = if to.scheme() == Some(&Scheme::HTTP) {
            (&self.http, "HTTP_PROXY")
        } else {
            (&self.https, "HTTPS_PROXY")
        };
        let name = if own.is_some() { name } else { "ALL_PROXY" };
        let host = to.host().unwrap_or_default();
        // Not its address, which may hold a password.
        Some(format!(
            "{name} names a proxy with {scheme}://, which isn't supported: use an http:// proxy that allows CONNECT, or put \
             {host} into NO_PROXY"
        ))
    }

    fn matcher(&self) -> Matcher {
        let text = |proxy: &Option<String>| proxy.clone().unwrap_or_default();
        Matcher::builder()
            .https(text(&self.https))
            .http(text(&self.http))
            .all(text(&self.all))
            .no(text(&self.none_for))
            .build()
    }
}

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Egress {
    http: HttpConnector,
    proxies: Arc<Matcher>,
}

impl Egress {
    pub(crate) fn new(proxies: &Proxies) -> Self {
        let mut http = HttpConnector::new();
        // TLS comes on top.
        http.enforce_http(false);
        Self {
            http,
            proxies: Arc::new(proxies.matcher()),
        }
    }
}

impl Service<Uri> for Egress {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let mut http = self.http.clone();
        let Some(proxy) = self.proxies.intercept(&to) else {
            return Box::pin(async move { Ok(http.call(to).await?) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), http);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let to = with_port(to);
        Box::pin(async move { Ok(tunnel.call(to?).await?) })
    }
}

/// The address with its port: a tunnel to one without any would lead to 443 in every case.
fn with_port(to: Uri) -> Result<Uri, http::Error> {
    if to.port().is_some() || to.scheme() != Some(&Scheme::HTTP) {
        return Ok(to);
    }
    let host = to.host().unwrap_or_default();
    let authority = format!("{host}:80");
    let path = to.path_and_query().map_or("/", |path| path.as_str());
    Uri::builder()
        .scheme(Scheme::HTTP)
        .authority(authority)
        .path_and_query(path)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_cannot_be_used_is_named_with_what_to_do() {
        let fault = |variables: &[(&str, &str)]| {
            let variables = variables
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()));
            Proxies::read(&Reader::from_variables(variables)).fault("https://slack.com/api")
        };
        assert_eq!(fault(&[]), None);
        assert_eq!(fault(&[("HTTPS_PROXY", "http://proxy:3128")]), None);
        assert_eq!(fault(&[("https_proxy", "proxy:3128")]), None);
        let https = fault(&[("HTTPS_PROXY", "https://u:secret@proxy:3128")]).unwrap();
        assert!(https.starts_with("HTTPS_PROXY names a proxy with https://"), "{https}");
        assert!(
            https.contains("slack.com into NO_PROXY") && !https.contains("secret"),
            "{https}"
        );
        assert_eq!(
            fault(&[("HTTPS_PROXY", "https://proxy:3128"), ("NO_PROXY", "slack.com")]),
            None
        );
    }
}
