//! Status: where it stands, until it is resolved, and again when it is not.

use domain::timeline::Happening;
use domain::{Asking, IncidentId, Settled, settings};
use jobs::{ArchiveByAge, CreateRcaChannel, InviteToRca, TakeOver, TellResolved};
use queue::NewJob;
use store::PgPool;
use store::posted_messages::{self, Kind};

use crate::change::{Begun, Change};
use crate::{
    CommandError, Replaces, Request, archive, holders, legacy, paging, rca_document, reminders, roles, statuspage,
};

/// Gives an incident another status, in any order; resolving and reopening are that too.
///
/// `given` are roles and the people in Slack who get them along with it, for those that were missing to resolve.
pub async fn set_status(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    status: &str,
    given: &[(String, String)],
) -> Result<(), CommandError> {
    set(pool, request, id, status, given, false).await
}

/// The same for whoever resolves the incident together with its pages in PagerDuty.
pub async fn resolve_with_pages(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    status: &str,
    given: &[(String, String)],
) -> Result<(), CommandError> {
    set(pool, request, id, status, given, true).await
}

/// Opens a resolved incident again, in the first status.
///
/// # Errors
/// [`CommandError::OpenAlready`] where it is open: whoever pressed late takes no later status back.
pub async fn reopen(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if !change.incident.is_resolved() {
        return Err(CommandError::OpenAlready);
    }
    let status = change.settings.first_status().to_owned();
    apply(&mut change, &status, &[], false).await?;
    change.draw();
    change.commit().await
}

async fn set(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    status: &str,
    given: &[(String, String)],
    with_pages: bool,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if change.settings.status(status).is_none() {
        return Err(CommandError::UnknownStatus(status.to_owned()));
    }
    for (role, slack_user) in given {
        roles::give(&mut change, role, slack_user, Replaces::Nobody).await?;
    }
    apply(&mut change, status, given, with_pages).await?;
    change.draw();
    change.commit().await
}

/// Gives it the status, with all that follows from it.
async fn apply(
    change: &mut Change,
    status: &str,
    given: &[(String, String)],
    with_pages: bool,
) -> Result<(), CommandError> {
    if change.incident.status == status {
        return Ok(());
    }
    let id = change.incident.id;
    let (before, now) = (change.incident.resolved_at, change.request().now);
    let resolved = change.settings.is_resolved(status);
    if resolved {
        let missing = change.settings.missing_to_resolve(&change.incident).into_iter();
        let missing: Vec<_> = missing
            .filter(|role| !given.iter().any(|(given, _)| *given == role.key))
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Err(CommandError::MissingRoles(missing));
        }
    }
    let resolved_at = resolved.then(|| before.unwrap_or(now));
    store::incidents::set_status(change.conn(), id, status, resolved_at, now).await?;
    let changed = Happening::StatusChanged {
        from: change.incident.status.clone(),
        to: status.to_owned(),
    };
    if resolved && before.is_none() {
        change.resolves();
        change.note_silently(&changed).await?;
        // The message of the last time tells of that time.
        posted_messages::forget(change.conn(), Kind::Resolution, id.0).await?;
        resolve(change, given, with_pages);
        statuspage::resolved(change).await?;
        paging::resolved(change, with_pages).await?;
        rca_document::resolved(change).await?;
    } else {
        change.note(&changed).await?;
    }
    if resolved {
        reminders::end(change).await?;
        change.settle(Asking::Role, &Settled::NotNeeded).await?;
        change.settle(Asking::Reassign, &Settled::NotNeeded).await?;
        change.settle(Asking::Unarchive, &Settled::NotNeeded).await?;
    } else if before.is_some() {
        archive::reopened(change).await?;
        // Resolved when it was imported, or before its channel was taken over.
        if legacy::to_take_over(change.conn(), id).await?.is_some() {
            change.job(TakeOver { incident: id }.job());
        }
        holders::reopened(change).await?;
        statuspage::reopened(change).await?;
        paging::on_reopened(change).await?;
        if change.settings.has_reminders(&change.incident.severity) {
            let next = reminders::next_after(now, &change.settings);
            reminders::start(change, next).await?;
        }
    }
    Ok(())
}

/// What follows from resolving: the channel is told, and the causes get a channel of their own.
fn resolve(change: &mut Change, given: &[(String, String)], with_pages: bool) {
    let incident = change.incident.id;
    let tell = TellResolved {
        incident,
        revision: change.incident.revision + 1,
        with_pages,
        has_rca_channel: change.incident.rca_channel.is_some(),
    };
    change.job(tell.job());
    if let Some(days) = change.settings.archive_after_days {
        let due = archive::due_at(change.request().now, days);
        change.job(ArchiveByAge { incident }.at(due));
    }
    if !change.settings.rca_channel {
        return;
    }
    if change.incident.rca_channel.is_none() {
        change.job(CreateRcaChannel { incident }.job());
        return;
    }
    // Reopened and resolved again: whoever leads now may be new.
    for role in [settings::INCIDENT_COMMANDER, settings::TECHNICAL_LEAD] {
        let given = given.iter().find(|(given, _)| given == role).map(|(_, user)| user);
        let holder = change.incident.holder(role).map(|holder| &holder.user_id);
        if let Some(user) = given.or(holder).cloned() {
            change.job(NewJob::new(&InviteToRca { incident, user }));
        }
    }
}
