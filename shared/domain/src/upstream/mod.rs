//! Trouble of others: the providers whose status is looked at, and what they say is wrong.

pub mod providers;

use chrono::{DateTime, TimeDelta, Utc};

use crate::timeline::Happening;

/// The most providers that are looked at.
pub const MAX_PROVIDERS: usize = 20;
/// The most characters of a page's address.
const MAX_ADDRESS: usize = 300;
/// What was over for so long when it is first seen is not kept.
const WORTH_KEEPING: TimeDelta = TimeDelta::days(14);
/// A part of a page that does not work, and of which the page does not tell more, has an id that begins with this.
pub const COMPONENT_PREFIX: &str = "component/";

/// The names of the providers that are known by one.
pub fn known() -> impl Iterator<Item = &'static str> {
    providers::PROVIDERS.iter().map(|provider| provider.name)
}

/// A provider as the setting holds it, from the way people write it: known names in small letters, addresses without `/` at
/// their end.
pub fn written(entry: &str) -> String {
    let entry = entry.trim();
    if entry.contains("://") {
        entry.trim_end_matches('/').to_owned()
    } else {
        entry.to_lowercase()
    }
}

/// Whether these can be looked at together: each is one, none is there twice, and they are not too many.
pub fn check_all(providers: &[String]) -> Result<(), String> {
    if providers.len() > MAX_PROVIDERS {
        return Err(format!("at most {MAX_PROVIDERS}"));
    }
    for (place, provider) in providers.iter().enumerate() {
        check(provider)?;
        if providers[..place].contains(provider) {
            return Err(format!("“{provider}” is listed twice"));
        }
    }
    Ok(())
}

/// Whether `provider` is one: a known name, or the address of a page that Statuspage hosts.
pub fn check(provider: &str) -> Result<(), String> {
    let is_address = (provider.starts_with("https://") || provider.starts_with("http://"))
        && provider.len() <= MAX_ADDRESS
        && !provider.ends_with('/')
        && !host(provider).is_empty()
        && !provider
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '|' | '?' | '#' | '@'));
    if is_address || providers::find(provider).is_some() {
        return Ok(());
    }
    let names: Vec<_> = known().collect();
    Err(format!(
        "“{provider}” is not a provider: use one of {}, or the address of a status page, such as https://status.example.com",
        names.join(", ")
    ))
}

/// Whether somebody may have this provider watched: a known name, or the address of a page on the public internet.
///
/// It refuses what can be seen to be something else; what a host name stands for is checked when it is called.
pub fn check_public(provider: &str) -> Result<(), String> {
    if providers::find(provider).is_some() || is_public(provider) {
        return Ok(());
    }
    Err(format!(
        "“{provider}” must be a public https address, such as https://status.example.com"
    ))
}

fn is_public(address: &str) -> bool {
    let authority = host(address);
    if !address.starts_with("https://") || authority.contains('[') {
        return false;
    }
    let name = authority.split_once(':').map_or(authority, |(name, _)| name);
    let name = name.trim_end_matches('.').to_lowercase();
    let is_host_name = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
    let Some((_, top)) = name.rsplit_once('.').filter(|_| is_host_name) else {
        return false;
    };
    // Browsers and libraries read a name that ends in a number as an address.
    let is_number = top.starts_with(|c: char| c.is_ascii_digit());
    !is_number && !top.is_empty() && !INSIDE.iter().any(|end| name.ends_with(end))
}

/// Names that are only known inside a network end like this.
const INSIDE: [&str; 8] = [
    ".localhost",
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".corp",
    ".home.arpa",
    ".svc",
];

/// What people call a provider.
pub fn label(provider: &str) -> &str {
    providers::find(provider).map_or_else(|| host(provider), |known| known.label)
}

/// The page where a provider shows its status to people.
pub fn page(provider: &str) -> &str {
    providers::find(provider).map_or(provider, |known| known.page)
}

fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// Something that a provider says is wrong, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// What the provider calls it in its feed.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Where it stands, in the provider's words.
    pub state: String,
    /// How bad it is, in the provider's words; empty where it does not say.
    pub impact: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// When the provider last said something about it.
    pub updated_at: DateTime<Utc>,
    /// Where the provider tells more.
    pub url: Option<String>,
}

impl Outage {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }
}

/// What one feed of a provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Names the feed among those of its provider.
    pub feed: &'static str,
    /// Its address.
    pub url: String,
    /// With what to ask next time for what is new only.
    pub etag: Option<String>,
    /// The same for servers without `ETag`.
    pub last_modified: Option<String>,
    /// What it tells of; `None` when nothing is new.
    pub outages: Option<Vec<Outage>>,
    /// Whether all of it was understood: what it does not tell of any more is over.
    pub whole: bool,
}

/// An outage as it is known, and the feed that told of it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Name of the feed.
    pub feed: String,
    /// The outage.
    pub outage: Outage,
}

/// An outage that is new or not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Name of the feed that told of it.
    pub feed: String,
    /// The outage as it is now.
    pub outage: Outage,
    /// Whether people who are in the middle of an incident want to hear of it.
    pub to_tell: bool,
}

impl Changed {
    /// What is written into the timeline of an incident that goes on.
    pub fn happening(&self, provider: &str) -> Happening {
        Happening::UpstreamChanged {
            provider: label(provider).to_owned(),
            title: self.outage.title.clone(),
            state: self.outage.state.clone(),
            url: self.outage.url.clone(),
        }
    }
}

/// What is new in the answers of a provider's feeds, of which `known` is known.
///
/// When a provider is asked for the `first` time nobody needs to be told: all of it is old.
pub fn changes(known: &[Known], answers: &[Answer], first: bool, now: DateTime<Utc>) -> Vec<Changed> {
    let mut changed: Vec<Changed> = Vec::new();
    let mut listed = Vec::new();
    // What a later feed says counts: it has what was, the first one what is.
    for answer in answers {
        for outage in answer.outages.iter().flatten() {
            listed.push(outage.id.as_str());
            changed.retain(|earlier| earlier.outage.id != outage.id);
            let before = known.iter().find(|known| known.outage.id == outage.id);
            let to_tell = match before {
                Some(before) if before.outage == *outage && before.feed == answer.feed => continue,
                Some(before) => differs(before, answer.feed, outage),
                None if outage.ended_at.is_some_and(|ended_at| ended_at < now - WORTH_KEEPING) => continue,
                None => !first,
            };
            changed.push(Changed {
                feed: answer.feed.to_owned(),
                outage: outage.clone(),
                to_tell,
            });
        }
    }
    for Known { feed, outage } in known {
        let gone = |answer: &Answer| answer.feed == feed && answer.outages.is_some() && answer.whole;
        if outage.is_open() && !listed.contains(&outage.id.as_str()) && answers.iter().any(gone) {
            changed.push(Changed {
                feed: feed.clone(),
                outage: Outage {
                    state: "over".to_owned(),
                    ended_at: Some(now),
                    updated_at: now,
                    ..outage.clone()
                },
                // It may only have become an incident of the page.
                to_tell: !outage.id.starts_with(COMPONENT_PREFIX),
            });
        }
    }
    changed
}

/// Whether people notice the difference. Not every feed of a provider says how bad it is.
fn differs(Known { feed, outage: before }: &Known, feed_now: &str, now: &Outage) -> bool {
    let both_over = !before.is_open() && !now.is_open();
    let worse_or_better = feed == feed_now && before.impact != now.impact;
    !both_over && (before.state != now.state || worse_or_better || before.is_open() != now.is_open())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_442_520, 0).unwrap()
    }

    fn outage(id: &str) -> Outage {
        Outage {
            id: id.to_owned(),
            title: format!("Incident {id}"),
            state: "investigating".to_owned(),
            impact: "minor".to_owned(),
            started_at: now(),
            ended_at: None,
            updated_at: now(),
            url: None,
        }
    }

    fn over(id: &str, days_ago: i64) -> Outage {
        Outage {
            state: "resolved".to_owned(),
            ended_at: Some(now() - TimeDelta::days(days_ago)),
            ..outage(id)
        }
    }

    fn answer(outages: Option<Vec<Outage>>) -> Answer {
        Answer {
            feed: "incidents",
            url: String::new(),
            etag: None,
            last_modified: None,
            outages,
            whole: true,
        }
    }

    fn known(outage: Outage) -> Known {
        Known {
            feed: "incidents".to_owned(),
            outage,
        }
    }

    fn told(known: &[Known], answers: &[Answer]) -> Vec<(String, String, bool)> {
        changes(known, answers, false, now())
            .into_iter()
            .map(|changed| (changed.outage.id, changed.outage.state, changed.to_tell))
            .collect()
    }

    fn row(id: &str, state: &str, to_tell: bool) -> (String, String, bool) {
        (id.to_owned(), state.to_owned(), to_tell)
    }

    #[test]
    fn what_begins_changes_and_ends_is_told_once() {
        let begun = answer(Some(vec![outage("a")]));
        assert_eq!(
            told(&[], std::slice::from_ref(&begun)),
            [row("a", "investigating", true)]
        );
        assert_eq!(told(&[known(outage("a"))], &[begun]), []);
        let monitoring = Outage {
            state: "monitoring".to_owned(),
            ..outage("a")
        };
        let told_on = told(&[known(outage("a"))], &[answer(Some(vec![monitoring.clone()]))]);
        assert_eq!(told_on, [row("a", "monitoring", true)]);
        assert_eq!(
            told(&[known(monitoring)], &[answer(Some(vec![over("a", 0)]))]),
            [row("a", "resolved", true)]
        );
    }

    #[test]
    fn what_only_reads_otherwise_is_kept_and_not_told() {
        let renamed = Outage {
            title: "Incident with Actions".to_owned(),
            ..outage("a")
        };
        assert_eq!(
            told(&[known(outage("a"))], &[answer(Some(vec![renamed]))]),
            [row("a", "investigating", false)]
        );
        let postmortem = Outage {
            state: "postmortem".to_owned(),
            ..over("b", 0)
        };
        assert_eq!(
            told(&[known(over("b", 0))], &[answer(Some(vec![postmortem]))]),
            [row("b", "postmortem", false)]
        );
    }

    #[test]
    fn how_bad_it_is_is_told_unless_it_comes_from_another_feed() {
        let worse = Outage {
            impact: "major".to_owned(),
            ..outage("a")
        };
        let now = [answer(Some(vec![worse]))];
        assert_eq!(told(&[known(outage("a"))], &now), [row("a", "investigating", true)]);
        // The feed that stood in for it while it was not there said nothing of it.
        let unknown = Known {
            feed: "history".to_owned(),
            outage: Outage {
                impact: String::new(),
                ..outage("a")
            },
        };
        assert_eq!(told(&[unknown], &now), [row("a", "investigating", false)]);
    }

    #[test]
    fn what_is_not_listed_any_more_is_over() {
        let open = [known(outage("a")), known(outage("component/b"))];
        let gone = told(&open, &[answer(Some(Vec::new()))]);
        assert_eq!(gone, [row("a", "over", true), row("component/b", "over", false)]);
        // Nothing new, another feed, or an answer of which something was not understood: nobody knows.
        assert_eq!(told(&open, &[answer(None)]), []);
        let part = Answer {
            whole: false,
            ..answer(Some(Vec::new()))
        };
        let other = Answer {
            feed: "summary",
            ..answer(Some(Vec::new()))
        };
        assert_eq!(told(&open, &[part, other]), []);
    }

    #[test]
    fn at_first_and_long_ago() {
        let answers = [answer(Some(vec![outage("a"), over("b", 3), over("c", 20)]))];
        let first = changes(&[], &answers, true, now());
        assert_eq!(first.len(), 2);
        assert!(first.iter().all(|changed| !changed.to_tell));
    }

    #[test]
    fn only_public_pages_are_watched() {
        for provider in [
            "github",
            "https://status.example.com",
            "https://status.example.com:8443/acme",
            "https://1.example",
        ] {
            assert_eq!(check_public(provider), Ok(()), "{provider}");
        }
        for wrong in [
            "http://status.example.com",
            "https://localhost",
            "https://LOCALHOST.",
            "https://web",
            "https://a.localhost",
            "https://metadata.google.internal",
            "https://web.incidents.svc",
            "https://printer.local",
            "https://127.0.0.1:3005/metrics",
            "https://10.0.0.1",
            "https://169.254.169.254",
            "https://[::1]:3003",
            "https://[2606:4700::1111]",
            "https://2130706433",
            "https://0x7f000001",
            "https://127.1",
            "https://127.0.0.1.",
            "https://１２７.０.０.１",
            "https://a%2eb.example",
            "https://.",
        ] {
            assert!(
                check_public(wrong)
                    .unwrap_err()
                    .contains("must be a public https address"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn providers_are_names_or_pages() {
        let pages = ["https://status.example.com", "http://127.0.0.1:3010/feeds/acme"];
        for provider in super::known().chain(pages) {
            assert_eq!(check(provider), Ok(()), "{provider}");
        }
        for wrong in [
            "",
            "gitlab",
            "GitHub",
            "https://",
            "https://a b",
            "ftp://a",
            "https://a/",
            "https://u@a",
        ] {
            assert!(check(wrong).unwrap_err().contains("heroku"), "{wrong}");
        }
        assert_eq!(label("gcp"), "Google Cloud");
        assert_eq!(label("https://status.example.com/x"), "status.example.com");
        assert_eq!(page("https://status.example.com"), "https://status.example.com");
    }
}
