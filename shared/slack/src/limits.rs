//! Slack's published rate limits: which method may be called how often.
//!
//! <https://docs.slack.dev/apis/web-api/rate-limits>

use std::time::Duration;

use async_trait::async_trait;

/// How often a method may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// 20 calls a minute.
    Two,
    /// 50 calls a minute.
    Three,
    /// 100 calls a minute.
    Four,
    /// One call a second in each channel.
    Channel,
    /// More often than we ever call it, or a limit that is not published.
    Unpublished,
}

/// A little more than a minute and a second: calls may be nearer to each other when they arrive than when they were counted.
const MINUTE: Duration = Duration::from_secs(61);
const SECOND: Duration = Duration::from_millis(1_100);

impl Tier {
    /// How many calls may go out in how long; `None` where nothing is known ahead.
    pub fn limit(self) -> Option<(i32, Duration)> {
        match self {
            Self::Two => Some((20, MINUTE)),
            Self::Three => Some((50, MINUTE)),
            Self::Four => Some((100, MINUTE)),
            Self::Channel => Some((1, SECOND)),
            Self::Unpublished => None,
        }
    }
}

/// Every method that is called, and its tier.
pub const TIERS: &[(&str, Tier)] = &[
    ("apps.connections.open", Tier::Three),
    ("auth.test", Tier::Unpublished),
    ("bookmarks.add", Tier::Two),
    ("bookmarks.list", Tier::Three),
    ("chat.delete", Tier::Three),
    ("chat.getPermalink", Tier::Unpublished),
    ("chat.postEphemeral", Tier::Four),
    ("chat.postMessage", Tier::Channel),
    ("chat.update", Tier::Three),
    ("conversations.archive", Tier::Two),
    ("conversations.create", Tier::Two),
    ("conversations.history", Tier::Three),
    ("conversations.info", Tier::Three),
    ("conversations.invite", Tier::Three),
    ("conversations.join", Tier::Three),
    ("conversations.kick", Tier::Three),
    ("conversations.list", Tier::Two),
    ("conversations.members", Tier::Four),
    ("conversations.open", Tier::Three),
    ("conversations.rename", Tier::Two),
    ("conversations.replies", Tier::Three),
    ("conversations.setTopic", Tier::Two),
    ("conversations.unarchive", Tier::Two),
    ("files.completeUploadExternal", Tier::Four),
    ("files.getUploadURLExternal", Tier::Four),
    ("files.info", Tier::Four),
    ("pins.add", Tier::Two),
    ("pins.remove", Tier::Two),
    ("reactions.add", Tier::Three),
    ("reactions.remove", Tier::Two),
    ("response_url", Tier::Unpublished),
    ("usergroups.list", Tier::Two),
    ("usergroups.users.list", Tier::Two),
    ("users.conversations", Tier::Three),
    ("users.info", Tier::Four),
    ("users.list", Tier::Two),
    ("users.lookupByEmail", Tier::Three),
    ("views.open", Tier::Four),
    ("views.publish", Tier::Four),
    ("views.push", Tier::Four),
    ("views.update", Tier::Four),
];

/// How often a method may be called.
fn tier(method: &str) -> Tier {
    let known = TIERS.iter().find(|(name, _)| *name == method);
    known.map_or(Tier::Unpublished, |(_, tier)| *tier)
}

/// A call that wants to go out.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Such as `chat.postMessage`.
    pub method: &'static str,
    /// Where the limit is a channel's; else empty.
    pub channel: &'a str,
    /// How often the method may be called.
    pub tier: Tier,
}

impl<'a> Call<'a> {
    pub(crate) fn new(method: &'static str, channel: &'a str) -> Self {
        let tier = tier(method);
        let channel = if tier == Tier::Channel { channel } else { "" };
        Self { method, channel, tier }
    }
}

/// What may become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It may go out.
    Go,
    /// It may go out beyond what is published, to see whether Slack takes it.
    Probe,
    /// Slack would answer 429: it has to wait this long.
    Wait(Duration),
}

/// Paces calls, for all replicas together.
#[async_trait]
pub trait RateLimits: Send + Sync + 'static {
    /// Counts a call that wants to go out.
    async fn take(&self, call: Call<'_>) -> Turn;
    /// What came of a probe that Slack did not answer with 429: whether Slack took it.
    async fn probed(&self, call: Call<'_>, taken: bool);
    /// Slack just said to wait.
    async fn note(&self, call: Call<'_>, after: Duration);
}

/// Paces nothing: for a process that makes few calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRateLimits;

#[async_trait]
impl RateLimits for NoRateLimits {
    async fn take(&self, _call: Call<'_>) -> Turn {
        Turn::Go
    }

    async fn probed(&self, _call: Call<'_>, _taken: bool) {}

    async fn note(&self, _call: Call<'_>, _after: Duration) {}
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every text in the sources that looks like a method of the Web API.
    fn methods_called() -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
            let path = file.unwrap().path();
            // This file names methods, it does not call them.
            if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("limits.rs") {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let families = [
                "apps.",
                "auth.",
                "bookmarks.",
                "chat.",
                "conversations.",
                "files.",
                "pins.",
                "reactions.",
                "team.",
                "usergroups.",
                "users.",
                "views.",
            ];
            let quoted = text.split('"').skip(1).step_by(2);
            let is_method = |text: &&str| {
                families.iter().any(|family| text.starts_with(family))
                    && text.chars().all(|c| c.is_ascii_alphabetic() || c == '.')
            };
            found.extend(quoted.filter(is_method).map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_method_has_its_tier() {
        let called = methods_called();
        assert!(called.contains("chat.postMessage") && called.len() > 20, "{called:?}");
        for method in called {
            // A file is fetched from its own address, which is no method.
            if method != "files.download" {
                assert!(TIERS.iter().any(|(name, _)| *name == method), "{method} has no tier");
            }
        }
    }

    #[test]
    fn a_channel_counts_only_where_the_limit_is_a_channels() {
        assert_eq!(Call::new("chat.postMessage", "C1").channel, "C1");
        assert_eq!(Call::new("chat.postEphemeral", "C1").channel, "");
    }
}
