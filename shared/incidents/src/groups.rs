//! User groups that are invited to incidents by themselves.

use crate::touched::touched;
use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Settings};
use jobs::{InviteGroup, SayNotices};
use queue::NewJob;
use store::PgConnection;

/// Invites the groups of every incident and of its severity to the channel of one that is new.
///
/// A private one is left to its people: a group would let in whoever is in it.
pub(crate) fn of_new(incident: &Incident, settings: &Settings) -> Vec<NewJob> {
    invitations(incident, all(incident, settings))
}

/// Invites the groups of a severity that is worse than the one before.
pub(crate) fn of_raised(incident: &Incident, settings: &Settings, severity: &str) -> Vec<NewJob> {
    // The job that makes the channel invites them too.
    if settings.severity_rank(severity) >= settings.severity_rank(&incident.severity) || incident.channel_id.is_none() {
        return Vec::new();
    }
    let groups = settings.severity(severity).into_iter();
    invitations(incident, groups.flat_map(|severity| &severity.invite_groups))
}

/// Invites the groups whose invitation was lost while the channel of the incident could not be used.
pub(crate) async fn of_usable_again(
    conn: &mut PgConnection,
    incident: &Incident,
    settings: &Settings,
) -> Result<Vec<NewJob>, store::Error> {
    let mut jobs = Vec::new();
    for invite in wanted(incident, all(incident, settings)) {
        if !was_invited(conn, incident.id, &invite.group).await? {
            jobs.push(invite.again());
        }
    }
    Ok(jobs)
}

/// Whether a group, as it stands in the settings, was invited to the channel that the incident has.
async fn was_invited(conn: &mut PgConnection, id: IncidentId, group: &str) -> Result<bool, store::Error> {
    let Some(group) = store::slack_groups::find(conn, group).await? else {
        return Ok(false);
    };
    store::timeline::group_was_invited(conn, id, &group.handle).await
}

/// The groups of every incident and of its severity.
fn all<'a>(incident: &Incident, settings: &'a Settings) -> impl Iterator<Item = &'a String> {
    let of_severity = settings.severity(&incident.severity).into_iter();
    let groups = of_severity.flat_map(|severity| &severity.invite_groups);
    settings.invite_groups.iter().chain(groups)
}

fn invitations<'a>(incident: &Incident, groups: impl Iterator<Item = &'a String>) -> Vec<NewJob> {
    let wanted = wanted(incident, groups).into_iter();
    wanted
        .map(|invite| invite.for_channel(incident.channel_number))
        .collect()
}

/// Each group once.
fn wanted<'a>(incident: &Incident, groups: impl Iterator<Item = &'a String>) -> Vec<InviteGroup> {
    if incident.private {
        return Vec::new();
    }
    let mut seen: Vec<&String> = Vec::new();
    for group in groups {
        if !seen.contains(&group) {
            seen.push(group);
        }
    }
    let invite = |group: &String| InviteGroup {
        incident: incident.id,
        group: group.clone(),
    };
    seen.into_iter().map(invite).collect()
}

/// Notes that a group was invited, in the transaction of the job that did it. `people` are those of them who are in.
pub async fn group_invited(
    conn: &mut PgConnection,
    id: IncidentId,
    handle: &str,
    people: u32,
    now: DateTime<Utc>,
) -> Result<(), crate::JobCommandError> {
    if store::incidents::lock(conn, id).await?.is_none() {
        return Ok(());
    }
    // By the other one of two jobs that the recovery of the channel brought together.
    if store::timeline::group_was_invited(conn, id, handle).await? {
        return Ok(());
    }
    let invited = Happening::GroupInvited {
        group: handle.to_owned(),
        people,
    };
    store::timeline::append(conn, id, now, &Actor::System, &invited, true).await?;
    touched(conn, id, now, "group invited").await?;
    queue::enqueue_at(conn, now, vec![SayNotices { incident: id }.job()]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::settings::Severity;

    use super::*;

    fn settings() -> Settings {
        let mut settings = Settings {
            invite_groups: vec!["oncall".to_owned()],
            ..Settings::default()
        };
        let severity = |key: &str| -> usize {
            let mut severities = settings.severities.iter();
            severities.position(|severity: &Severity| severity.key == key).unwrap()
        };
        let (worst, second) = (severity("sev1"), severity("sev2"));
        settings.severities[worst].invite_groups = vec!["managers".to_owned(), "oncall".to_owned()];
        settings.severities[second].invite_groups = vec!["leads".to_owned()];
        settings
    }

    fn incident(severity: &str, private: bool) -> Incident {
        let at = DateTime::UNIX_EPOCH;
        Incident {
            id: IncidentId::generate(),
            title: String::new(),
            description: String::new(),
            severity: severity.to_owned(),
            status: String::new(),
            private,
            declared_by: Actor::System,
            declared_at: at,
            updated_at: at,
            resolved_at: None,
            revision: 1,
            channel_name: String::new(),
            channel_id: Some("C1".to_owned()),
            panel_ts: None,
            digest: None,
            channel_number: 1,
            archived_at: None,
            channel_lost: None,
            rca_channel: None,
            rca_channel_lost: None,
            rca_document_url: None,
            last_update: None,
            roles: Vec::new(),
        }
    }

    #[test]
    fn everybodys_groups_and_those_of_the_severity_each_once() {
        let settings = settings();
        assert_eq!(of_new(&incident("sev1", false), &settings).len(), 2);
        assert_eq!(of_new(&incident("sev4", false), &settings).len(), 1);
        assert_eq!(of_new(&incident("sev1", true), &settings).len(), 0);
    }

    #[test]
    fn only_a_severity_that_is_raised_invites() {
        let settings = settings();
        assert_eq!(of_raised(&incident("sev3", false), &settings, "sev1").len(), 2);
        assert_eq!(of_raised(&incident("sev1", false), &settings, "sev2").len(), 0);
        assert_eq!(of_raised(&incident("gone", false), &settings, "sev2").len(), 1);
        assert_eq!(of_raised(&incident("sev3", true), &settings, "sev1").len(), 0);
    }
}
