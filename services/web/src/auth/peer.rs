//! Where a call comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Once;

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
    /// What limits count by. Whoever has an IPv6 address has the whole /64 that it is in.
    pub(crate) fn network(&self) -> String {
        match self.address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from(u128::from(address) & (u128::MAX << 64))),
        }
    }

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
    if let Some(doubt) = doubt(entries.len(), trusted_proxies) {
        static ONCE: Once = Once::new();
        // Once: every request would say the same.
        ONCE.call_once(|| tracing::warn!(entries = entries.len(), trusted_proxies, "{doubt}"));
    }
    let entry = entries
        .len()
        .checked_sub(trusted_proxies)
        .filter(|_| trusted_proxies > 0)?;
    entries.get(entry)?.parse().ok()
}

/// Why the number of proxies that are trusted looks wrong.
fn doubt(entries: usize, trusted_proxies: usize) -> Option<&'static str> {
    match entries {
        0 => None,
        _ if trusted_proxies == 0 => Some(
            "a proxy sends X-Forwarded-For and none is trusted: everybody behind it counts as one address. \
             Set WEB_TRUSTED_PROXIES to the number of proxies before this service",
        ),
        _ if entries < trusted_proxies => Some(
            "X-Forwarded-For has fewer entries than proxies are trusted: everybody behind the proxy counts as one \
             address. Set WEB_TRUSTED_PROXIES to the number of entries that the proxies add",
        ),
        _ => None,
    }
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

    #[test]
    fn a_number_of_proxies_that_cannot_be_right_is_noticed() {
        assert_eq!(doubt(0, 0), None);
        assert_eq!(doubt(0, 2), None, "a health check, or a call from inside");
        assert_eq!(doubt(2, 2), None);
        assert_eq!(doubt(3, 2), None, "the caller may write entries too");
        assert!(doubt(1, 0).unwrap().contains("Set WEB_TRUSTED_PROXIES"));
        assert!(doubt(1, 2).unwrap().contains("fewer entries"));
    }

    #[test]
    fn ipv6_counts_by_the_network_that_one_person_has() {
        let network = |address: &str| {
            Peer {
                address: address.parse().unwrap(),
                ..Peer::default()
            }
            .network()
        };
        assert_eq!(network("203.0.113.9"), "203.0.113.9");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), network("2001:db8:1:2::"));
        assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    }
}
