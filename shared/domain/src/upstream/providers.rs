//! The providers that are known by a name: an entry in [`PROVIDERS`] is all that one takes whose feed has a known format.

/// A provider that is known by a name.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// As settings and `INCIDENT_EXTERNAL_PROVIDERS_LIST` hold it, in small letters.
    pub name: &'static str,
    /// As people call it.
    pub label: &'static str,
    /// The page on which people read its status.
    pub page: &'static str,
    /// What programs read; empty where Statuspage hosts the page and serves its feeds. A later one overrides an earlier one.
    pub feeds: &'static [Feed],
}

/// A feed of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// Unique among the provider's feeds; stored with each outage that came from it.
    pub name: &'static str,
    /// Its path on the host of the page, or its `https` address where it is on another host.
    pub address: &'static str,
    /// How its answers are parsed.
    pub format: Format,
}

/// The format of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Atom or RSS with an entry per incident.
    Syndication,
    /// The events that AWS publishes.
    Aws,
    /// The incidents that Google Cloud publishes.
    Gcp,
    /// Heroku's current status.
    Heroku,
    /// Slack's active incidents.
    SlackCurrent,
    /// Slack's past incidents.
    SlackHistory,
}

const fn provider(name: &'static str, label: &'static str, page: &'static str, feeds: &'static [Feed]) -> Provider {
    Provider {
        name,
        label,
        page,
        feeds,
    }
}

const fn feed(name: &'static str, address: &'static str, format: Format) -> Feed {
    Feed { name, address, format }
}

/// Every provider that is known by a name.
pub const PROVIDERS: &[Provider] = &[
    provider(
        "auth0",
        "Auth0",
        "https://status.auth0.com",
        &[feed("feed", "/feed", Format::Syndication)],
    ),
    provider(
        "aws",
        "AWS",
        "https://health.aws.amazon.com/health/status",
        &[feed("events", "/public/currentevents", Format::Aws)],
    ),
    provider("cloudflare", "Cloudflare", "https://www.cloudflarestatus.com", &[]),
    provider(
        "gcp",
        "Google Cloud",
        "https://status.cloud.google.com",
        &[feed("incidents", "/incidents.json", Format::Gcp)],
    ),
    provider("github", "GitHub", "https://www.githubstatus.com", &[]),
    provider(
        "heroku",
        "Heroku",
        "https://status.heroku.com",
        &[feed("current", "/api/v4/current-status", Format::Heroku)],
    ),
    provider(
        "slack",
        "Slack",
        "https://slack-status.com",
        &[
            feed("current", "/api/v2.0.0/current", Format::SlackCurrent),
            feed("history", "/api/v2.0.0/history", Format::SlackHistory),
        ],
    ),
];

/// The provider of this name.
pub fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_feeds_are_told_apart() {
        assert!(PROVIDERS.is_sorted_by(|one, other| one.name < other.name));
        for &Provider { name, page, feeds, .. } in PROVIDERS {
            assert_eq!(name, name.to_lowercase());
            assert!(page.starts_with("https://") && !page.ends_with('/'), "{page}");
            for (place, feed) in feeds.iter().enumerate() {
                let address = feed.address;
                assert!(address.starts_with('/') || address.starts_with("https://"), "{address}");
                assert!(feeds[..place].iter().all(|other| other.name != feed.name), "{name}");
            }
        }
    }
}
