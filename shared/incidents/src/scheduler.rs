//! What is planned: reminders, nudges, archiving, and what comes again and again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Asking, Incident, IncidentId, Settings, Settled};
use jobs::{ArchiveByAge, Nudge, Remind, queues};
use queue::Job;
use queue::admin::{self, Plans, Scheduled};
use store::incident_list::Viewer;
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::{CommandError, Request, reminders};

/// The jobs that people know of while they wait.
const PLANS: Plans = Plans {
    queue: queues::SLACK,
    kinds: &[Remind::KIND, Nudge::KIND, ArchiveByAge::KIND],
};

/// Something that is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Names it, where it can be deleted.
    pub id: Option<Uuid>,
    /// What it is, such as “update reminder”.
    pub what: String,
    /// About this incident, where it is about one.
    pub incident: Option<Incident>,
    /// When it comes.
    pub at: DateTime<Utc>,
    /// How often it comes, where it comes again and again.
    pub every: Option<Duration>,
}

/// What a kind of job is called where people read it.
fn called(kind: &str) -> &str {
    match kind {
        Remind::KIND => "update reminder",
        Nudge::KIND => "reminder to assign roles",
        ArchiveByAge::KIND => "archiving of the channel",
        "jobs.housekeeping" => "clean-up of old jobs",
        // Periodic jobs, by the name under which the worker registers them.
        "copy channels" => "sync channels",
        "copy people" => "sync people",
        "copy groups" => "sync user groups",
        "copy statuspage components" => "sync Statuspage components",
        "copy who is on call" => "sync on-call data",
        "look at pages" => "check pages",
        "list forgotten incidents" => "remind of forgotten incidents",
        "delete expired" => "delete expired data",
        other => other,
    }
}

/// Everything that is planned and that `viewer` may know of, the soonest first.
pub async fn planned(
    conn: &mut PgConnection,
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> Result<Vec<Planned>, store::Error> {
    let scheduled = admin::scheduled(conn, PLANS, now).await?;
    let mut ids: Vec<_> = scheduled.iter().filter_map(incident_of).collect();
    ids.sort_unstable();
    ids.dedup();
    let incidents = store::incident_list::changed(conn, &ids).await?;
    let settings = store::settings::load(conn).await?;
    let planned = scheduled.into_iter().filter_map(|scheduled| {
        let about = incident_of(&scheduled);
        let incident = incidents
            .iter()
            .find(|changed| Some(changed.incident.id) == about && changed.is_visible_to(viewer));
        // One about an incident that they may not see is none of theirs.
        if about.is_some() && incident.is_none() {
            return None;
        }
        if incident.is_some_and(|changed| !is_wanted(&scheduled.what, &changed.incident, &settings)) {
            return None;
        }
        Some(Planned {
            id: scheduled.id,
            what: called(&scheduled.what).to_owned(),
            incident: incident.map(|changed| changed.incident.clone()),
            at: scheduled.at,
            every: scheduled.every,
        })
    });
    Ok(planned.collect())
}

/// Whether a job of this kind does anything when its moment comes: reminders of an incident that was resolved stay in the
/// queue, and find out then that nobody needs them.
fn is_wanted(kind: &str, incident: &Incident, settings: &Settings) -> bool {
    match kind {
        Remind::KIND => reminders::wanted(incident, settings),
        Nudge::KIND => !incident.is_resolved() && incident.roles.is_empty(),
        ArchiveByAge::KIND => incident.is_resolved() && incident.archived_at.is_none(),
        _ => true,
    }
}

fn incident_of(scheduled: &Scheduled) -> Option<IncidentId> {
    scheduled.subject.map(IncidentId)
}

/// Deletes what is planned with this id; gives what it was.
pub async fn delete_planned(pool: &PgPool, request: &Request, id: Uuid) -> Result<String, CommandError> {
    let found = {
        let mut conn = pool.acquire().await?;
        admin::scheduled_one(&mut conn, PLANS, id).await?
    };
    let about = found.as_ref().and_then(incident_of);
    let (Some(found), Some(incident)) = (found, about) else {
        return Err(CommandError::NothingPlanned);
    };
    let what = called(&found.what).to_owned();
    let Begun::Change(mut change) = Change::begin(pool, request, incident).await? else {
        return Ok(what);
    };
    if admin::cancel(change.conn(), PLANS, id).await?.is_none() {
        return Err(CommandError::NothingPlanned);
    }
    if found.what == Remind::KIND {
        reminders::stop(&mut change).await?;
        let by = change.request().actor.name().to_owned();
        change.settle(Asking::Update, &Settled::Stopped { by }).await?;
        change.note(&Happening::RemindersPaused { minutes: None }).await?;
    } else {
        if found.what == ArchiveByAge::KIND {
            // Nor does it come by itself again, until the incident is opened and resolved once more.
            store::archiving::set_asked(change.conn(), incident, Some(request.now)).await?;
        }
        change.note(&Happening::PlanDeleted { what: what.clone() }).await?;
    }
    change.commit().await?;
    Ok(what)
}
