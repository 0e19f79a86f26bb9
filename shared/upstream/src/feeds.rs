//! Where each provider's feeds are, and who reads them.

use domain::upstream::providers::{self, Format};
use http_client::Url;

use crate::wire::Parsed;
use crate::{Config, Error, aws, gcp, heroku, slack, statuspage, syndication};

/// The provider whose feed is one of a tenant.
pub(crate) const AUTH0: &str = "auth0";

/// Reads what a feed answered.
type Parser = fn(&[u8]) -> Result<Parsed, Error>;

/// A feed.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    /// Names it among those of its provider.
    pub(crate) name: &'static str,
    pub(crate) url: Url,
    pub(crate) parse: Parser,
    /// Asked instead where there is no such thing; without one a feed that is not there says nothing.
    pub(crate) instead: Option<Box<Feed>>,
    /// Whether it may be missing.
    pub(crate) optional: bool,
    /// Whether an admin named it: it may be anywhere.
    pub(crate) is_named: bool,
}

/// The feeds of a provider, in the order in which they are asked; what a later one says counts.
pub(crate) fn of(provider: &str, config: &Config) -> Result<Vec<Feed>, Error> {
    let Some(known) = providers::find(provider) else {
        return match domain::upstream::check(provider) {
            Ok(()) => page(&parse(provider)?, true),
            Err(_) => Err(Error::Config(format!("“{provider}” is not a provider"))),
        };
    };
    let rebased = |real| rebased(config.base_url.as_deref(), provider, real);
    let status_page = parse(known.page)?;
    if known.feeds.is_empty() {
        return page(&rebased(status_page)?, false);
    }
    let own = known.feeds.iter().map(|own| {
        let real = status_page.join(own.address).map_err(|_| no_address(own.address))?;
        let mut url = rebased(real)?;
        if provider == AUTH0 {
            let Some(domain) = &config.auth0_domain else {
                return Err(Error::Config("AUTH0_DOMAIN is not set".to_owned()));
            };
            url.query_pairs_mut().append_pair("domain", domain);
        }
        Ok(feed(own.name, url, parser(own.format)))
    });
    own.collect()
}

fn parser(format: Format) -> Parser {
    match format {
        Format::Syndication => syndication::parse,
        Format::Aws => aws::parse,
        Format::Gcp => gcp::parse,
        Format::Heroku => heroku::parse,
        Format::SlackCurrent => slack::current,
        Format::SlackHistory => slack::history,
    }
}

fn feed(name: &'static str, url: Url, parse: Parser) -> Feed {
    Feed {
        name,
        url,
        parse,
        instead: None,
        optional: false,
        is_named: false,
    }
}

/// The feeds of a page that Statuspage hosts, or of one that only has its Atom feed.
fn page(page: &Url, is_named: bool) -> Result<Vec<Feed>, Error> {
    let below = |name, path: &str, parser| {
        let url = parse(&format!("{}{path}", page.as_str().trim_end_matches('/')))?;
        Ok::<_, Error>(Feed {
            is_named,
            ..feed(name, url, parser)
        })
    };
    let atom = below("history", "/history.atom", syndication::history as Parser)?;
    Ok(vec![
        Feed {
            instead: Some(Box::new(atom)),
            ..below("incidents", "/api/v2/incidents.json", statuspage::incidents)?
        },
        Feed {
            optional: true,
            ..below("summary", "/api/v2/summary.json", statuspage::components)?
        },
    ])
}

/// A provider's real address, or the same path below a base.
fn rebased(base: Option<&str>, provider: &str, real: Url) -> Result<Url, Error> {
    let Some(base) = base else {
        return Ok(real);
    };
    parse(&format!("{base}/{provider}{}", real.path().trim_end_matches('/')))
}

fn no_address(address: &str) -> Error {
    Error::Config(format!("“{address}” is not a web address"))
}

fn parse(address: &str) -> Result<Url, Error> {
    address.parse().map_err(|_| no_address(address))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn urls(provider: &str, base: Option<&str>) -> Vec<String> {
        let config = Config {
            base_url: base.map(str::to_owned),
            allow_private: false,
            auth0_domain: Some("acme.eu.auth0.com".to_owned()),
            every: Duration::from_mins(5),
            timeout: Duration::from_secs(8),
            named: Vec::new(),
            warnings: Vec::new(),
        };
        let feeds = of(provider, &config).unwrap().into_iter();
        feeds.map(|feed| feed.url.to_string()).collect()
    }

    #[test]
    fn every_known_provider_has_feeds_here_and_below_a_base() {
        for provider in domain::upstream::known() {
            let real = urls(provider, None);
            let rebased = urls(provider, Some("http://127.0.0.1:3010/feeds"));
            assert_eq!(real.len(), rebased.len());
            for (real, rebased) in real.iter().zip(&rebased) {
                let path = real.split('/').skip(3).collect::<Vec<_>>().join("/");
                assert!(real.starts_with("https://"), "{real}");
                assert_eq!(*rebased, format!("http://127.0.0.1:3010/feeds/{provider}/{path}"));
            }
        }
        assert_eq!(
            urls("auth0", None),
            ["https://status.auth0.com/feed?domain=acme.eu.auth0.com"]
        );
    }

    #[test]
    fn a_page_is_never_moved() {
        assert_eq!(
            urls("https://status.example.com", Some("http://127.0.0.1:3010/feeds")),
            [
                "https://status.example.com/api/v2/incidents.json",
                "https://status.example.com/api/v2/summary.json"
            ]
        );
    }
}
