//! AWS: the events of today, in UTF-16BE, numbers as text or as numbers.

use chrono::{DateTime, Utc};
use domain::upstream::Outage;
use serde::Deserialize;
use serde_json::Value;
use serde_with::{DisplayFromStr, PickFirst, serde_as};

use crate::Error;
use crate::wire::{Parsed, items, json};

#[serde_as]
#[derive(Deserialize)]
struct Event {
    arn: String,
    #[serde_as(as = "PickFirst<(_, DisplayFromStr)>")]
    date: i64,
    /// 0 to 3: none, informational, degraded, disrupted.
    #[serde_as(as = "PickFirst<(_, DisplayFromStr)>")]
    status: i64,
    summary: String,
    #[serde(default)]
    service_name: String,
    #[serde(default)]
    region_name: String,
    #[serde(default)]
    #[serde_as(as = "Option<PickFirst<(_, DisplayFromStr)>>")]
    end_time: Option<i64>,
    #[serde(default, rename = "event_log")]
    log: Vec<Entry>,
}

#[serde_as]
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    #[serde_as(as = "Option<PickFirst<(_, DisplayFromStr)>>")]
    timestamp: Option<i64>,
}

/// Reads `currentevents`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, Error> {
    items(json::<Vec<Value>>(bytes)?, |event: Event| {
        let at = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0);
        let started_at = at(event.date)?;
        let logged = event.log.iter().filter_map(|entry| entry.timestamp).max();
        let updated_at = logged.and_then(at).unwrap_or(started_at);
        let over = event.status == 0 || event.summary.starts_with("[RESOLVED]");
        let ended_at = event.end_time.and_then(at).or(over.then_some(updated_at));
        let place = match (event.service_name.as_str(), event.region_name.as_str()) {
            ("", place) | (place, "") => place.to_owned(),
            (service, region) => format!("{service} ({region})"),
        };
        let summary = event.summary.trim_start_matches("[RESOLVED]").trim();
        let impact = match event.status {
            1 => "informational",
            2 => "degraded",
            3 => "disrupted",
            _ => "",
        };
        Some(Outage {
            id: event.arn,
            title: if place.is_empty() {
                summary.to_owned()
            } else {
                format!("{place}: {summary}")
            },
            state: if ended_at.is_some() { "resolved" } else { "open" }.to_owned(),
            impact: impact.to_owned(),
            started_at,
            ended_at,
            updated_at,
            url: Some("https://health.aws.amazon.com/health/status".to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_in_utf_16() {
        let bytes = include_bytes!("../tests/feeds/aws-currentevents.utf16be.json");
        assert_eq!(bytes[..2], [0xfe, 0xff], "it has its byte order mark");
        let parsed = parse(bytes).unwrap();
        assert!(parsed.whole);
        let [over, open] = &parsed.outages[..] else {
            panic!("{parsed:#?}");
        };
        assert_eq!(over.title, "Multiple services (Oregon): Increased API error rates");
        assert_eq!(over.ended_at, DateTime::from_timestamp(1_788_480_474, 0));
        assert_eq!((open.state.as_str(), open.impact.as_str()), ("open", "disrupted"));
        assert_eq!(open.updated_at, DateTime::from_timestamp(1_772_369_600, 0).unwrap());
        // Without the mark too.
        assert_eq!(parse(&bytes[2..]).unwrap(), parsed);
    }

    #[test]
    fn nothing_and_nonsense() {
        assert_eq!(parse(b"[]").unwrap().outages, []);
        assert!(parse(b"{\"events\":[]}").is_err());
    }
}
