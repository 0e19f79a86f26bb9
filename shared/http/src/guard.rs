//! Calling addresses that people name, without reaching what is not meant for everybody.
//!
//! Every address that a host name stands for is checked when a connection is made, and the connection goes to the checked
//! address: a name that stands for another address a moment later changes nothing. Redirects are checked like the address
//! they come from.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use url::{Host, Url};

use crate::{Error, Result};

/// Looks up which addresses a host name stands for.
#[async_trait]
pub trait Lookup: fmt::Debug + Send + Sync {
    /// All addresses of a host name.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Which addresses may be called.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Whether only `https` may be spoken.
    pub https_only: bool,
    /// Whether an address may be reached; [`is_public`], but for tests.
    pub allows: fn(IpAddr) -> bool,
    /// Finds the addresses of host names.
    pub lookup: Arc<dyn Lookup>,
}

impl Guard {
    /// Lets public addresses be called, by `https` only.
    pub fn public() -> Self {
        Self {
            https_only: true,
            allows: is_public,
            lookup: Arc::new(SystemLookup),
        }
    }

    /// Refuses an address that is not to be called, as far as it says so itself; host names are checked when they are looked up.
    pub(crate) fn check(&self, url: &Url) -> Result<()> {
        if self.https_only && url.scheme() != "https" {
            return Err(Error::Refused("only https addresses are called".to_owned()));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(not_public()),
        };
        if (self.allows)(address) {
            Ok(())
        } else {
            Err(not_public())
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (allows, lookup) = (self.allows, self.lookup.clone());
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            // One that stands for both is refused too: it is not meant for everybody.
            if found.is_empty() || !found.iter().all(|address| allows(*address)) {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// A host name stands for an address that may not be called.
#[derive(Clone, Copy, Debug, Error)]
#[error("the address is not public")]
struct NotPublic;

fn not_public() -> Error {
    Error::Refused(NotPublic.to_string())
}

/// What became of a call that a guard ended, where one did.
pub(crate) fn refusal(error: &reqwest::Error) -> Option<Error> {
    let mut source: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(cause) = source {
        if cause.is::<NotPublic>() {
            return Some(not_public());
        }
        source = cause.source();
    }
    None
}

/// Whether an address belongs to the public internet: no loopback, link-local, private, shared, documentation, multicast or
/// reserved address, and none that leads to one of those through a translation.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        // NAT64 and 6to4: what they lead to counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Teredo and other protocols' own, documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Only this part is given out as global; mapped, unique local, link-local and multicast addresses are elsewhere.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn what_is_public_and_what_is_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.9.1",
            "169.254.169.254",
            "169.254.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:0:1:2::3",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(address), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "128.0.0.1",
            "169.253.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "203.0.112.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "2001:4860:4860::8888",
            "2002:808:808::1",
            "64:ff9b::808:808",
        ] {
            assert!(public(address), "{address}");
        }
    }

    /// Every address of the networks that are private, however it is written as IPv6.
    #[test]
    fn no_address_of_a_private_network_is_public() {
        let networks: [(u32, u32); 6] = [
            (0x0a00_0000, 8),
            (0x7f00_0000, 8),
            (0xa9fe_0000, 16),
            (0xac10_0000, 12),
            (0xc0a8_0000, 16),
            (0x6440_0000, 10),
        ];
        // A fixed sequence that looks like chance, so that a failure comes again.
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            u32::try_from(seed >> 32).unwrap()
        };
        for (network, length) in networks {
            for _ in 0..2_000 {
                let host = next() >> length;
                let v4 = Ipv4Addr::from(network | host);
                assert!(!is_public(v4.into()), "{v4}");
                let [a, b, c, d] = v4.octets().map(u16::from);
                let (high, low) = ((a << 8) | b, (c << 8) | d);
                for v6 in [
                    v4.to_ipv6_mapped(),
                    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                ] {
                    assert!(!is_public(v6.into()), "{v6}");
                }
            }
        }
    }

    #[test]
    fn an_address_is_judged_however_it_is_written() {
        let guard = Guard::public();
        for address in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://１２７.０.０.１/",
            "http://status.example.com/",
        ] {
            let url = address.parse().unwrap();
            assert!(matches!(guard.check(&url), Err(Error::Refused(_))), "{address}");
        }
        assert_eq!(guard.check(&"https://status.example.com/".parse().unwrap()), Ok(()));
        assert_eq!(guard.check(&"https://1.1.1.1/".parse().unwrap()), Ok(()));
    }
}
