//! Atom and RSS, as status pages write them: an entry per incident, its updates in HTML with the newest first.

use chrono::{DateTime, Utc};
use domain::upstream::Outage;
use feed_rs::model::Entry;

use crate::Error;
use crate::wire::{Parsed, tidy};

/// The words that begin an update of an incident that is over.
const OVER: [&str; 4] = ["resolved", "completed", "postmortem", "cancelled"];
/// The words that begin any other update.
const OPEN: [&str; 6] = [
    "investigating",
    "identified",
    "monitoring",
    "update",
    "in progress",
    "verifying",
];

/// Reads an Atom or an RSS feed.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, Error> {
    let feed = feed_rs::parser::parse(bytes).map_err(|error| Error::Format(error.to_string()))?;
    let outages: Vec<_> = feed.entries.iter().filter_map(outage).map(tidy).collect();
    let whole = outages.len() == feed.entries.len();
    Ok(Parsed { outages, whole })
}

/// Reads the Atom feed of a page that Statuspage hosts. It names incidents otherwise than the page's JSON does, but links to
/// them by the same id: so an incident is one, whichever of the two told of it.
pub(crate) fn history(bytes: &[u8]) -> Result<Parsed, Error> {
    let mut parsed = parse(bytes)?;
    for outage in &mut parsed.outages {
        let linked = outage.url.as_deref().and_then(|url| url.rsplit_once("/incidents/"));
        if let Some((_, id)) = linked.filter(|(_, id)| !id.is_empty() && !id.contains('/')) {
            outage.id = id.to_owned();
        }
    }
    Ok(parsed)
}

fn outage(entry: &Entry) -> Option<Outage> {
    let title = entry
        .title
        .as_ref()
        .map(|title| title.content.as_str())
        .unwrap_or_default();
    let content = entry.content.as_ref().and_then(|content| content.body.as_deref());
    let summary = entry.summary.as_ref().map(|summary| summary.content.as_str());
    let text = content.or(summary).unwrap_or_default();
    let published: DateTime<Utc> = entry.published.or(entry.updated)?;
    let updated_at = entry.updated.unwrap_or(published);
    let state = state(text).or_else(|| state(title)).unwrap_or("open");
    let over = OVER.contains(&state);
    Some(Outage {
        id: entry.id.clone(),
        title: title.to_owned(),
        state: state.to_owned(),
        impact: String::new(),
        started_at: published,
        // Reworked texts have later dates; the entry's own is when it was over.
        ended_at: over.then_some(published),
        updated_at,
        url: entry.links.first().map(|link| link.href.clone()),
    })
}

/// The word that stands first of those that begin an update.
fn state(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    // In bold where the page writes so; other words of it may be in any sentence.
    let bold = text
        .split("<strong>")
        .skip(1)
        .filter_map(|rest| rest.split("</strong>").next());
    let first_of = |part: &str| OVER.into_iter().chain(OPEN).find(|word| part.trim().starts_with(word));
    bold.into_iter().find_map(first_of).or_else(|| {
        let words = OVER.into_iter().chain(OPEN);
        words
            .filter_map(|word| Some((text.find(word)?, word)))
            .min()
            .map(|(_, word)| word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_atom_feed_of_a_status_page() {
        let parsed = history(include_bytes!("../tests/feeds/history.atom")).unwrap();
        assert!(parsed.whole);
        let [over, open] = &parsed.outages[..] else {
            panic!("{parsed:#?}");
        };
        assert_eq!(
            (over.title.as_str(), over.state.as_str()),
            ("Incident with Actions", "resolved")
        );
        assert_eq!(over.ended_at.unwrap().to_rfc3339(), "2026-06-11T21:39:47+00:00");
        assert_eq!(over.id, "lfrlwdg67fn8", "as the page's JSON has it");
        assert_eq!(
            over.url.as_deref(),
            Some("https://status.example.com/incidents/lfrlwdg67fn8")
        );
        assert_eq!((open.state.as_str(), open.is_open()), ("investigating", true));
    }

    #[test]
    fn the_rss_feed_of_auth0() {
        let parsed = parse(include_bytes!("../tests/feeds/auth0.rss")).unwrap();
        let [open, over] = &parsed.outages[..] else {
            panic!("{parsed:#?}");
        };
        assert_eq!(
            (open.title.as_str(), open.state.as_str()),
            ("Elevated errors in EU-1", "monitoring")
        );
        assert_eq!((over.state.as_str(), over.is_open()), ("resolved", false));
        assert_ne!(open.id, over.id);
    }

    #[test]
    fn what_is_something_else() {
        for bytes in [&b""[..], b"{}", b"<html><body>down</body></html>", b"<feed><entry>"] {
            assert!(
                matches!(parse(bytes), Err(Error::Format(_))),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}
