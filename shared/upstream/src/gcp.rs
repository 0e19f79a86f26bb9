//! Google Cloud: all incidents of years; `end` is absent while one goes on.

use chrono::{DateTime, Utc};
use domain::upstream::Outage;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::wire::{Parsed, items, json};

#[derive(Deserialize)]
struct Incident {
    id: String,
    #[serde(default)]
    service_name: String,
    #[serde(default)]
    external_desc: String,
    begin: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
    modified: Option<DateTime<Utc>>,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    status_impact: String,
    uri: Option<String>,
}

/// Reads `incidents.json`.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, Error> {
    items(json::<Vec<Value>>(bytes)?, |incident: Incident| {
        let what = match incident.status_impact.as_str() {
            "SERVICE_OUTAGE" => "outage",
            "SERVICE_DISRUPTION" => "disruption",
            "SERVICE_INFORMATION" => "information",
            _ => "",
        };
        let impact = match (incident.severity.as_str(), what) {
            ("", one) | (one, "") => one.to_owned(),
            (severity, what) => format!("{severity} {what}"),
        };
        let title = match (incident.service_name.as_str(), incident.external_desc.as_str()) {
            ("", one) | (one, "") => one.to_owned(),
            (service, text) => format!("{service}: {text}"),
        };
        Some(Outage {
            id: incident.id,
            title,
            state: if incident.end.is_some() { "resolved" } else { "open" }.to_owned(),
            impact,
            started_at: incident.begin,
            ended_at: incident.end,
            updated_at: incident.modified.or(incident.end).unwrap_or(incident.begin),
            url: incident.uri.map(|uri| format!("https://status.cloud.google.com/{uri}")),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_over_and_one_that_goes_on() {
        let parsed = parse(include_bytes!("../tests/feeds/gcp-incidents.json")).unwrap();
        assert!(parsed.whole);
        let [open, over] = &parsed.outages[..] else {
            panic!("{parsed:#?}");
        };
        assert_eq!((open.state.as_str(), open.impact.as_str()), ("open", "high outage"));
        assert_eq!(open.title, "Cloud Run: Deployments fail in europe-west1.");
        assert_eq!(over.ended_at.unwrap().to_rfc3339(), "2026-02-27T14:35:00+00:00");
        assert_eq!(
            over.url.as_deref(),
            Some("https://status.cloud.google.com/incidents/41E5S3mkTGDfkZuJZH5k")
        );
        assert!(parse(b"{}").is_err());
    }
}
