//! What is kept, in the words of `proto/`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Actor, ChannelLost, Incident, RcaChannelLost, RoleHolder, Settings, settings};
use prost_types::Timestamp;
use store::incident_list::Listed;
use store::incidents::StatusChange;
use uuid::Uuid;

use crate::proto;

/// To the microsecond, as the database keeps it: what was just declared is told as it will be read.
pub(crate) fn time(at: DateTime<Utc>) -> Timestamp {
    let micros = at.timestamp_subsec_micros();
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(micros * 1000).unwrap_or(0),
    }
}

/// The moment that a client gave; `None` for one that is none.
pub(crate) fn moment(at: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

pub(crate) fn incident(incident: &Incident, settings: &Settings) -> proto::Incident {
    proto::Incident {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        description: incident.description.clone(),
        severity: Some(severity(&incident.severity, settings)),
        status: Some(proto::Status {
            resolved: incident.is_resolved(),
            ..status(&incident.status, settings)
        }),
        private: incident.private,
        declared_by: Some(person(&incident.declared_by)),
        declared_at: Some(time(incident.declared_at)),
        updated_at: Some(time(incident.updated_at)),
        resolved_at: incident.resolved_at.map(time),
        revision: incident.revision,
        channel: incident
            .channel_id
            .as_ref()
            .map(|id| channel(id, &incident.channel_name, own_closed(incident))),
        roles: settings
            .roles
            .iter()
            .map(|one| proto::IncidentRole {
                role: Some(role(one)),
                holder: incident.holder(&one.key).map(holder),
            })
            .collect(),
        last_update: incident.last_update.as_ref().map(|update| proto::Update {
            at: Some(time(update.at)),
            message: update.message.clone(),
        }),
        archived_at: incident.archived_at.map(time),
        rca_channel: incident
            .rca_channel
            .as_ref()
            .map(|rca| channel(&rca.id, &rca.name, incident.rca_channel_lost)),
        sealed: false,
        rca_document_url: incident.rca_document_url.clone().unwrap_or_default(),
    }
}

/// Why nothing can be posted in the channel of an incident, as for the one about its causes.
fn own_closed(incident: &Incident) -> Option<RcaChannelLost> {
    match incident.archived_at {
        Some(_) => Some(RcaChannelLost::Archived),
        None => incident.channel_lost.map(RcaChannelLost::Lost),
    }
}

fn channel(id: &str, name: &str, closed: Option<RcaChannelLost>) -> proto::SlackChannel {
    let is_deleted = closed == Some(RcaChannelLost::Lost(ChannelLost::Deleted));
    let closed = match closed {
        None => "",
        Some(RcaChannelLost::Archived) => "archived",
        Some(RcaChannelLost::Lost(ChannelLost::Deleted)) => "deleted",
        Some(RcaChannelLost::Lost(ChannelLost::Removed)) => "incident-bot was removed",
    };
    proto::SlackChannel {
        id: id.to_owned(),
        name: name.to_owned(),
        url: if is_deleted {
            String::new()
        } else {
            // Slack finds the workspace by itself.
            format!("https://slack.com/app_redirect?channel={id}")
        },
        closed: closed.to_owned(),
    }
}

fn person(actor: &Actor) -> proto::Person {
    proto::Person {
        name: actor.name().to_owned(),
        slack_user_id: actor.slack_user_id().unwrap_or_default().to_owned(),
    }
}

fn holder(holder: &RoleHolder) -> proto::Person {
    proto::Person {
        name: holder.name.clone(),
        slack_user_id: holder.user_id.clone(),
    }
}

pub(crate) fn role(role: &settings::Role) -> proto::Role {
    proto::Role {
        key: role.key.clone(),
        label: role.label.clone(),
        description: role.description.clone(),
        needed_to_resolve: role.needed_to_resolve,
    }
}

fn status(key: &str, settings: &Settings) -> proto::Status {
    proto::Status {
        key: key.to_owned(),
        label: settings.status_label(key).to_owned(),
        resolved: settings.is_resolved(key),
    }
}

/// When an incident came into a status.
pub(crate) fn status_time(change: &StatusChange, settings: &Settings) -> proto::StatusTime {
    proto::StatusTime {
        status: Some(status(&change.status, settings)),
        at: Some(time(change.at)),
    }
}

/// An incident of which maybe only its existence is told; then nobody declared it.
pub(crate) fn listed(listed: &Listed, settings: &Settings) -> proto::Incident {
    let incident = incident(&listed.incident, settings);
    if listed.is_sealed {
        // Named one by one, so that what is added later is not told by accident.
        return proto::Incident {
            id: incident.id,
            title: incident.title,
            severity: incident.severity,
            status: incident.status,
            private: true,
            declared_at: incident.declared_at,
            updated_at: incident.updated_at,
            resolved_at: incident.resolved_at,
            revision: incident.revision,
            sealed: true,
            ..proto::Incident::default()
        };
    }
    incident
}

fn severity(key: &str, settings: &Settings) -> proto::Severity {
    proto::Severity {
        key: key.to_owned(),
        label: settings.severity_label(key).to_owned(),
        description: settings
            .severity(key)
            .map(|severity| severity.description.clone())
            .unwrap_or_default(),
        emoji: settings.severity_emoji(key).to_owned(),
        rank: i32::try_from(settings.severity_rank(key) + 1).unwrap_or(i32::MAX),
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
    settings.statuses.iter().map(|one| status(&one.key, settings)).collect()
}

/// What the entries of a timeline are shown with.
pub(crate) struct Beside<'a> {
    pub(crate) settings: &'a Settings,
    /// The incident.
    pub(crate) incident: &'a Incident,
    /// Who reads it, where they may change something.
    pub(crate) reader: Option<Actor>,
    /// When entries were last changed.
    pub(crate) edited: HashMap<Uuid, DateTime<Utc>>,
    /// Jobs that can be tried again.
    pub(crate) retriable: Vec<Uuid>,
}

pub(crate) fn timeline_entry(entry: &TimelineEntry, beside: &Beside<'_>) -> proto::TimelineEntry {
    let settings = beside.settings;
    let note = match &entry.happening {
        Happening::Noted { text } => Some(text.clone()),
        _ => None,
    };
    let failed = match &entry.happening {
        Happening::Problem { job, .. } => job.as_ref(),
        _ => None,
    };
    proto::TimelineEntry {
        retry: beside.reader.is_some() && failed.is_some_and(|job| beside.retriable.contains(job)),
        mine: (beside.reader.as_ref()).is_some_and(|reader| entry.may_be_changed_by(reader, beside.incident)),
        edited_at: beside.edited.get(&entry.id).copied().map(time),
        id: entry.id.to_string(),
        at: Some(time(entry.at)),
        kind: kind(&entry.happening).into(),
        actor: entry.actor.name().to_owned(),
        text: entry.happening.text(&entry.actor, settings),
        own_words: note.is_some(),
        note: note.unwrap_or_default(),
        emoji: emoji(&entry.happening, settings).to_owned(),
    }
}

/// Every kind has its value, so that the console can show it in its own way.
fn kind(happening: &Happening) -> proto::TimelineEntryKind {
    use proto::TimelineEntryKind as Kind;
    match happening {
        Happening::Declared { .. } => Kind::Declared,
        Happening::ChannelCreated { .. } => Kind::ChannelCreated,
        Happening::RoleTaken { .. } => Kind::RoleTaken,
        Happening::RoleGivenUp { .. } | Happening::HolderLeft { .. } => Kind::RoleGivenUp,
        Happening::SeverityChanged { .. } => Kind::SeverityChanged,
        Happening::StatusChanged { .. } => Kind::StatusChanged,
        Happening::UpdateSent { .. } => Kind::UpdateSent,
        Happening::TitleChanged { .. } => Kind::TitleChanged,
        Happening::ChannelRenamed { .. } => Kind::ChannelRenamed,
        Happening::RcaChannelCreated { .. } => Kind::RcaChannelCreated,
        Happening::ChannelArchived { .. } => Kind::ChannelArchived,
        Happening::ChannelUnarchived { .. } => Kind::ChannelUnarchived,
        Happening::Noted { .. } => Kind::Noted,
        Happening::Pinned { .. } => Kind::Pinned,
        Happening::Unpinned { .. } => Kind::Unpinned,
        Happening::GroupInvited { .. } => Kind::GroupInvited,
        Happening::AccessGranted { .. } => Kind::AccessGranted,
        Happening::RemindersPaused { .. } => Kind::RemindersPaused,
        Happening::ChatExported { .. } => Kind::ChatExported,
        Happening::PlanDeleted { .. } => Kind::PlanDeleted,
        Happening::UpstreamChanged { .. } => Kind::UpstreamChanged,
        Happening::StatuspagePublished { .. } => Kind::StatuspagePublished,
        Happening::StatuspageUpdated { .. } => Kind::StatuspageUpdated,
        Happening::StatuspageChanged { .. } => Kind::StatuspageChanged,
        Happening::Paged { .. } => Kind::Paged,
        Happening::PageDelayed { .. } => Kind::PageDelayed,
        Happening::PageWithdrawn { .. } => Kind::PageWithdrawn,
        Happening::PageAcknowledged { .. } => Kind::PageAcknowledged,
        Happening::PageOpenAgain { .. } | Happening::PageUnacknowledged { .. } => Kind::PageUnacknowledged,
        Happening::PageResolved { .. } => Kind::PageResolved,
        Happening::PersonInvited { .. } => Kind::PersonInvited,
        Happening::RcaDocumentWritten { .. } => Kind::RcaDocumentWritten,
        Happening::Problem { .. } => Kind::Problem,
        Happening::TriedAgain { .. } => Kind::TriedAgain,
        Happening::ImportedFrom { .. } | Happening::Imported { .. } | Happening::Unknown => Kind::Unspecified,
    }
}

/// The square of a severity, and ✅ for the end, as in Slack.
fn emoji<'a>(happening: &Happening, settings: &'a Settings) -> &'a str {
    match happening {
        Happening::Declared { severity } | Happening::SeverityChanged { to: severity, .. } => {
            settings.severity_emoji(severity)
        }
        Happening::StatusChanged { to, .. } if settings.is_resolved(to) => "✅",
        _ => "",
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
    fn a_channel_says_why_it_is_closed_and_a_deleted_one_opens_nothing() {
        let open = channel("C1", "inc-1-rca", None);
        assert_eq!((open.closed.as_str(), open.url.is_empty()), ("", false));
        let archived = channel("C1", "inc-1-rca", Some(RcaChannelLost::Archived));
        assert_eq!((archived.closed.as_str(), archived.url), ("archived", open.url));
        let deleted = channel("C1", "inc-1-rca", Some(RcaChannelLost::Lost(ChannelLost::Deleted)));
        assert_eq!((deleted.closed.as_str(), deleted.url.as_str()), ("deleted", ""));
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
