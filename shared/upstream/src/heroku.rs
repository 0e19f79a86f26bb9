//! Heroku: the colours of its three systems, and the incidents that go on.

use chrono::{DateTime, Utc};
use domain::upstream::Outage;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::wire::{Parsed, items, json};

#[derive(Deserialize)]
struct Current {
    incidents: Vec<Value>,
    #[serde(default)]
    status: Vec<System>,
}

#[derive(Deserialize)]
struct System {
    #[serde(default)]
    system: String,
    #[serde(default)]
    status: String,
}

#[derive(Deserialize)]
struct Incident {
    id: i64,
    title: String,
    state: String,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
}

/// Reads `current-status`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, Error> {
    let current: Current = json(bytes)?;
    let hit: Vec<_> = current
        .status
        .iter()
        .filter(|system| matches!(system.status.as_str(), "yellow" | "red"))
        .map(|system| format!("{} {}", system.system, system.status))
        .collect();
    items(current.incidents, |incident: Incident| {
        let updated_at = incident.updated_at.unwrap_or(incident.created_at);
        let over = incident.state.eq_ignore_ascii_case("resolved");
        Some(Outage {
            url: Some(format!("https://status.heroku.com/incidents/{}", incident.id)),
            id: incident.id.to_string(),
            title: incident.title,
            state: incident.state,
            impact: if over { String::new() } else { hit.join(", ") },
            started_at: incident.created_at,
            ended_at: over.then_some(updated_at),
            updated_at,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_that_goes_on() {
        let parsed = parse(include_bytes!("../tests/feeds/heroku-current.json")).unwrap();
        let [open] = &parsed.outages[..] else {
            panic!("{parsed:#?}");
        };
        assert_eq!((open.id.as_str(), open.state.as_str()), ("2790", "open"));
        assert_eq!((open.impact.as_str(), open.is_open()), ("apps yellow", true));
        assert!(parse(b"{\"status\":[]}").is_err());
    }
}
