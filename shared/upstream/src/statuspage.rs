//! Pages that Statuspage hosts: `incidents.json` with the last fifty incidents, `summary.json` with the components.

use chrono::{DateTime, Utc};
use domain::upstream::{COMPONENT_PREFIX, Outage};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::wire::{Parsed, items, json};

#[derive(Deserialize)]
struct Incidents {
    incidents: Vec<Value>,
}

#[derive(Deserialize)]
struct Incident {
    id: String,
    name: String,
    status: String,
    impact: Option<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    resolved_at: Option<DateTime<Utc>>,
    shortlink: Option<String>,
}

/// Reads `incidents.json`.
pub(crate) fn incidents(bytes: &[u8]) -> Result<Parsed, Error> {
    items(json::<Incidents>(bytes)?.incidents, |incident: Incident| {
        let updated_at = incident.updated_at.unwrap_or(incident.created_at);
        let over = matches!(incident.status.as_str(), "resolved" | "postmortem" | "completed");
        Some(Outage {
            id: incident.id,
            title: incident.name,
            state: incident.status,
            impact: incident.impact.filter(|impact| impact != "none").unwrap_or_default(),
            started_at: incident.started_at.unwrap_or(incident.created_at),
            ended_at: incident.resolved_at.or(over.then_some(updated_at)),
            updated_at,
            url: incident.shortlink,
        })
    })
}

#[derive(Deserialize)]
struct Summary {
    components: Vec<Value>,
}

#[derive(Deserialize)]
struct Component {
    id: String,
    name: String,
    status: String,
    updated_at: DateTime<Utc>,
    #[serde(default)]
    group: bool,
}

/// Reads the components of `summary.json`: a page may show that one is broken long before it has words for it.
pub(crate) fn components(bytes: &[u8]) -> Result<Parsed, Error> {
    items(json::<Summary>(bytes)?.components, |component: Component| {
        let fine = matches!(component.status.as_str(), "operational" | "under_maintenance");
        (!fine && !component.group).then(|| Outage {
            id: format!("{COMPONENT_PREFIX}{}", component.id),
            title: component.name,
            state: component.status,
            impact: String::new(),
            started_at: component.updated_at,
            ended_at: None,
            updated_at: component.updated_at,
            url: None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incidents_that_go_on_and_that_are_over() {
        let parsed = incidents(include_bytes!("../tests/feeds/statuspage-incidents.json")).unwrap();
        assert!(parsed.whole);
        let [open, over] = &parsed.outages[..] else {
            panic!("{parsed:#?}");
        };
        assert_eq!(
            (open.title.as_str(), open.state.as_str()),
            ("Incident with Actions", "identified")
        );
        assert_eq!((open.impact.as_str(), open.is_open()), ("major", true));
        assert_eq!(open.url.as_deref(), Some("https://stspg.io/k1"));
        assert_eq!(over.state, "postmortem");
        assert_eq!(over.ended_at.unwrap().to_rfc3339(), "2026-09-01T12:30:00+00:00");
        assert_eq!(over.started_at.to_rfc3339(), "2026-09-01T11:00:00+00:00");
    }

    #[test]
    fn components_that_do_not_work() {
        let parsed = components(include_bytes!("../tests/feeds/statuspage-summary.json")).unwrap();
        let [broken] = &parsed.outages[..] else {
            panic!("{parsed:#?}");
        };
        assert_eq!((broken.id.as_str(), broken.title.as_str()), ("component/c2", "API"));
        assert_eq!(broken.state, "partial outage");
    }

    #[test]
    fn what_is_something_else() {
        for bytes in [&b"{}"[..], b"[]", b"{\"incidents\":[{\"id\":1}]}", b"nonsense", b""] {
            assert!(matches!(incidents(bytes), Err(Error::Format(_))));
        }
        assert!(components(b"{\"components\":{}}").is_err());
    }
}
