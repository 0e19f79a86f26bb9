//! What is kept, in the words of `proto/`.

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Incident, Settings};
use prost_types::Timestamp;
use store::incident_list::Listed;

use crate::proto;

/// To the microsecond, as the database keeps it: what was just declared is told as it will be read.
pub(crate) fn time(at: DateTime<Utc>) -> Timestamp {
    let micros = at.timestamp_subsec_micros();
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(micros * 1000).unwrap_or(0),
    }
}

pub(crate) fn incident(incident: &Incident, settings: &Settings) -> proto::Incident {
    proto::Incident {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        description: incident.description.clone(),
        severity: Some(severity(&incident.severity, settings)),
        status: Some(proto::Status {
            key: incident.status.clone(),
            label: settings.status_label(&incident.status).to_owned(),
            resolved: incident.resolved_at.is_some(),
        }),
        private: incident.private,
        declared_by: Some(proto::Person {
            name: incident.declared_by.name().to_owned(),
            slack_user_id: incident.declared_by.slack_user_id().unwrap_or_default().to_owned(),
        }),
        declared_at: Some(time(incident.declared_at)),
        updated_at: Some(time(incident.updated_at)),
        resolved_at: incident.resolved_at.map(time),
        revision: incident.revision,
        channel: incident.channel_id.as_ref().map(|id| proto::SlackChannel {
            id: id.clone(),
            name: incident.channel_name.clone(),
            // Slack finds the workspace by itself.
            url: format!("https://slack.com/app_redirect?channel={id}"),
        }),
        sealed: false,
    }
}

/// An incident of which maybe only its existence is told; then nobody declared it.
pub(crate) fn listed(listed: &Listed, settings: &Settings) -> proto::Incident {
    let incident = incident(&listed.incident, settings);
    if listed.is_sealed {
        return proto::Incident {
            declared_by: None,
            channel: None,
            sealed: true,
            ..incident
        };
    }
    incident
}

fn severity(key: &str, settings: &Settings) -> proto::Severity {
    let place = settings.severities.iter().position(|severity| severity.key == key);
    proto::Severity {
        key: key.to_owned(),
        label: settings.severity_label(key).to_owned(),
        description: settings
            .severity(key)
            .map(|severity| severity.description.clone())
            .unwrap_or_default(),
        emoji: settings.severity_emoji(key).to_owned(),
        // One that was removed from the settings counts as the mildest.
        rank: i32::try_from(place.unwrap_or(settings.severities.len()) + 1).unwrap_or(i32::MAX),
    }
}

pub(crate) fn severities(settings: &Settings) -> Vec<proto::Severity> {
    settings
        .severities
        .iter()
        .map(|one| severity(&one.key, settings))
        .collect()
}

pub(crate) fn statuses(settings: &Settings) -> Vec<proto::Status> {
    settings
        .statuses
        .iter()
        .map(|status| proto::Status {
            key: status.key.clone(),
            label: status.label.clone(),
            resolved: status.resolved,
        })
        .collect()
}

pub(crate) fn timeline_entry(entry: &TimelineEntry, settings: &Settings) -> proto::TimelineEntry {
    let kind = match entry.happening {
        Happening::Declared { .. } => proto::TimelineEntryKind::Declared,
        Happening::ChannelCreated { .. } => proto::TimelineEntryKind::ChannelCreated,
        Happening::Problem { .. } => proto::TimelineEntryKind::Problem,
        _ => proto::TimelineEntryKind::Unspecified,
    };
    proto::TimelineEntry {
        id: entry.id.to_string(),
        at: Some(time(entry.at)),
        kind: kind.into(),
        actor: entry.actor.name().to_owned(),
        text: entry.happening.text(&entry.actor, settings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_settings_and_unknown_ones_come_last() {
        let settings = Settings::default();
        let ranks: Vec<i32> = severities(&settings).iter().map(|severity| severity.rank).collect();
        assert_eq!(ranks, [1, 2, 3, 4]);
        let removed = severity("p0", &settings);
        assert_eq!((removed.label.as_str(), removed.rank), ("p0", 5));
    }

    #[test]
    fn times_before_1970_keep_their_fraction() {
        let at: DateTime<Utc> = "1969-12-31T23:59:59.250Z".parse().unwrap();
        assert_eq!(
            time(at),
            Timestamp {
                seconds: -1,
                nanos: 250_000_000
            }
        );
    }
}
