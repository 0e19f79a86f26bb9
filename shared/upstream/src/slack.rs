//! Slack: what goes on (`current`), and what was (`history`).

use chrono::{DateTime, Utc};
use domain::upstream::Outage;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::wire::{Parsed, items, json};

#[derive(Deserialize)]
struct Current {
    active_incidents: Vec<Value>,
}

#[derive(Deserialize)]
struct Incident {
    id: i64,
    title: String,
    /// `incident`, `notice`, `outage` or `maintenance`.
    #[serde(rename = "type")]
    kind: String,
    status: String,
    date_created: DateTime<Utc>,
    date_updated: Option<DateTime<Utc>>,
    url: Option<String>,
}

/// Reads `current`.
pub(crate) fn current(bytes: &[u8]) -> Result<Parsed, Error> {
    items(json::<Current>(bytes)?.active_incidents, outage)
}

/// Reads `history`.
pub(crate) fn history(bytes: &[u8]) -> Result<Parsed, Error> {
    items(json(bytes)?, outage)
}

fn outage(incident: Incident) -> Option<Outage> {
    let updated_at = incident.date_updated.unwrap_or(incident.date_created);
    let over = matches!(incident.status.as_str(), "resolved" | "completed" | "cancelled");
    (incident.kind != "maintenance" && incident.status != "scheduled").then(|| Outage {
        id: incident.id.to_string(),
        title: incident.title,
        state: incident.status,
        impact: incident.kind,
        started_at: incident.date_created,
        ended_at: over.then_some(updated_at),
        updated_at,
        url: incident.url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_and_what_was() {
        let active = current(include_bytes!("../tests/feeds/slack-current.json")).unwrap();
        let [open] = &active.outages[..] else {
            panic!("{active:#?}");
        };
        assert_eq!((open.id.as_str(), open.impact.as_str()), ("786", "incident"));
        assert_eq!((open.state.as_str(), open.is_open()), ("active", true));
        assert_eq!(open.started_at.to_rfc3339(), "2019-11-20T02:40:31+00:00");
        let past = history(include_bytes!("../tests/feeds/slack-history.json")).unwrap();
        let [over] = &past.outages[..] else {
            panic!("{past:#?}");
        };
        assert_eq!(over.ended_at.unwrap().to_rfc3339(), "2019-08-26T22:32:23+00:00");
        assert!(current(b"{\"status\":\"ok\"}").is_err() && history(b"{}").is_err());
    }
}
