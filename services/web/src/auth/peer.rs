//! Where a call comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header};

/// Longer ones are cut: nobody reads them.
const MAX_AGENT: usize = 300;

/// The other end, for limits and the audit log.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) user_agent: String,
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::UNSPECIFIED.into(),
            user_agent: String::new(),
        }
    }
}

impl Peer {
    pub(super) fn of(request: &Request, trusted_proxies: usize) -> Self {
        let connected = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(Ipv4Addr::UNSPECIFIED.into(), |connected| connected.0.ip());
        let user_agent = request
            .headers()
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok())
            .unwrap_or("");
        Self {
            address: forwarded(request.headers(), trusted_proxies)
                .unwrap_or(connected)
                .to_canonical(),
            user_agent: user_agent.chars().take(MAX_AGENT).collect(),
        }
    }
}

/// What the outermost trusted proxy says. Entries further left were sent by the caller, who may write anything.
fn forwarded(headers: &HeaderMap, trusted_proxies: usize) -> Option<IpAddr> {
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    let entries: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
    let entry = entries
        .len()
        .checked_sub(trusted_proxies)
        .filter(|_| trusted_proxies > 0)?;
    entries.get(entry)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("6.6.6.6, 203.0.113.9"));
        headers.append("x-forwarded-for", HeaderValue::from_static("10.0.0.1"));
        assert_eq!(forwarded(&headers, 0), None);
        assert_eq!(forwarded(&headers, 1), "10.0.0.1".parse().ok());
        assert_eq!(forwarded(&headers, 2), "203.0.113.9".parse().ok());
        assert_eq!(
            forwarded(&headers, 4),
            None,
            "fewer proxies than expected: the peer itself"
        );
        assert_eq!(forwarded(&HeaderMap::new(), 1), None);
    }
}
