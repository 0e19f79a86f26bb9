//! Archiving the channel of an incident, by a person or by its age, and what follows when it is opened again.

use chrono::{DateTime, Days, Utc};
use domain::timeline::Happening;
use domain::{Actor, Asking, ChannelLost, Incident, IncidentId, Settled, channel_name};
use jobs::{
    ArchiveByAge, ArchiveChannel, AskToUnarchive, CheckChannel, CreateChannel, DrawDigest, DrawQuestion, RejoinChannel,
    SayNotices,
};
use queue::NewJob;
use store::{PgConnection, PgPool};

use crate::change::{Begun, Change};
use crate::touched::touched;
use crate::{CommandError, JobCommandError, Request, reminders};

/// How many channels one look finds that are to be archived by their age.
const AT_ONCE: i64 = 50;

/// Archives the channel of a resolved incident, after it was told so.
pub async fn archive_channel(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    can_be_archived(&change.incident)?;
    let now = change.request().now;
    store::archiving::set_asked(change.conn(), id, Some(now)).await?;
    let archived = archived(&change.incident);
    change.note(&archived).await?;
    change.job(ArchiveChannel { incident: id }.job());
    change.draw_panel();
    change.commit().await
}

/// Whether the channel of an incident may be archived; why not, where it may not.
pub fn can_be_archived(incident: &Incident) -> Result<(), CommandError> {
    if !incident.is_resolved() {
        return Err(CommandError::NotResolved);
    }
    match (&incident.channel_id, incident.archived_at, incident.channel_lost) {
        (None, ..) => Err(CommandError::NoChannel),
        (_, Some(_), _) => Err(CommandError::ChannelArchived),
        (_, _, Some(_)) => Err(CommandError::ChannelLost),
        (Some(_), None, None) => Ok(()),
    }
}

/// Whether something can be posted in a channel that is there.
pub(crate) fn can_be_used(incident: &Incident) -> Result<(), CommandError> {
    match (incident.archived_at, incident.channel_lost) {
        (Some(_), _) => Err(CommandError::ChannelIsArchived),
        (None, Some(_)) => Err(CommandError::ChannelLost),
        (None, None) => Ok(()),
    }
}

fn archived(incident: &Incident) -> Happening {
    Happening::ChannelArchived {
        name: incident.channel_name.clone(),
    }
}

/// When the channel of an incident is archived by its age.
pub(crate) fn due_at(resolved_at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    resolved_at
        .checked_add_days(Days::new(days.into()))
        .unwrap_or(resolved_at)
}

/// Has the channel of an incident archived when it was resolved long enough ago, in the transaction of the job that looks;
/// where it was not, a job waits for it.
pub async fn archive_by_age(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(());
    };
    let days = store::settings::load(conn).await?.archive_after_days;
    let (Some(days), Some(resolved_at)) = (days, incident.resolved_at) else {
        return Ok(());
    };
    if can_be_archived(&incident).is_err() || store::archiving::was_asked(conn, id).await? {
        return Ok(());
    }
    let due = due_at(resolved_at, days);
    if due > now {
        queue::enqueue_at(conn, now, vec![ArchiveByAge { incident: id }.at(due)]).await?;
        return Ok(());
    }
    store::archiving::set_asked(conn, id, Some(now)).await?;
    store::timeline::append(conn, id, now, &Actor::System, &archived(&incident), true).await?;
    touched(conn, id, now, "archived by age").await?;
    let following = vec![SayNotices { incident: id }.job(), ArchiveChannel { incident: id }.job()];
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Has every channel looked at that is to be archived by its age and that no job waits for.
pub async fn archive_forgotten(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    let Some(days) = store::settings::load(conn).await?.archive_after_days else {
        return Ok(());
    };
    let resolved_until = now.checked_sub_days(Days::new(days.into())).unwrap_or(now);
    let due = store::archiving::due(conn, resolved_until, AT_ONCE).await?;
    let looks: Vec<NewJob> = due
        .into_iter()
        .map(|incident| ArchiveByAge { incident }.at(now))
        .collect();
    queue::enqueue_at(conn, now, looks).await?;
    Ok(())
}

/// Keeps that the channel was archived as it was wanted, in the transaction of the job that did it.
pub async fn channel_was_archived(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, id).await?;
    store::archiving::set_archived(conn, id, Some(now)).await?;
    touched(conn, id, now, "channel archived").await?;
    // It was opened again while it was being archived.
    if let Some(incident) = store::incidents::get(conn, id).await?
        && !incident.is_resolved()
    {
        let asking = ask_for_channel(conn, id, now, None).await?;
        queue::enqueue_at(conn, now, asking).await?;
    }
    Ok(())
}

/// Somebody archived the channel in Slack.
pub async fn archived_in_slack(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin_observed(pool, request, id).await? else {
        return Ok(());
    };
    if change.incident.archived_at.is_some() || change.incident.channel_id != request.channel {
        return Ok(());
    }
    store::archiving::set_archived(change.conn(), id, Some(request.now)).await?;
    let archived = archived(&change.incident);
    change.note_silently(&archived).await?;
    change.job(DrawDigest { incident: id }.job());
    if !change.incident.is_resolved() {
        for job in ask_for_channel(change.conn(), id, request.now, None).await? {
            change.job(job);
        }
    }
    change.commit().await
}

/// The channel is archived, and nobody heard who did it: in the transaction of the job that found it so.
pub(crate) async fn found_archived(
    conn: &mut PgConnection,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    if incident.archived_at.is_some() {
        return Ok(());
    }
    let id = incident.id;
    store::archiving::set_archived(conn, id, Some(now)).await?;
    store::archiving::set_lost(conn, id, None).await?;
    store::timeline::append(conn, id, now, &Actor::System, &archived(incident), false).await?;
    touched(conn, id, now, "channel found archived").await?;
    let mut following = vec![DrawDigest { incident: id }.job()];
    if !incident.is_resolved() {
        following.extend(ask_for_channel(conn, id, now, None).await?);
    }
    queue::enqueue_at(conn, now, following).await?;
    Ok(())
}

/// Somebody opened the channel again in Slack: the bot comes back, and everything is brought up to date.
pub async fn unarchived_in_slack(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin_observed(pool, request, id).await? else {
        return Ok(());
    };
    if change.incident.archived_at.is_none() || change.incident.channel_id != request.channel {
        return Ok(());
    }
    store::archiving::set_archived(change.conn(), id, None).await?;
    let opened = Happening::ChannelUnarchived {
        name: change.incident.channel_name.clone(),
    };
    change.note_for_later(&opened).await?;
    change.settle(Asking::Unarchive, &Settled::Unarchived).await?;
    change.job(RejoinChannel { incident: id }.job());
    reminders::resume(&mut change).await?;
    change.commit().await
}

/// Has a new channel made for an incident whose channel cannot be used.
pub async fn new_channel(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if change.incident.channel_id.is_none() || change.incident.open_channel().is_some() {
        return Err(match &change.incident {
            // Somebody else pressed first.
            incident if incident.channel_number > 1 => CommandError::ChannelMadeAnew,
            incident if incident.channel_id.is_none() => CommandError::NoChannel,
            _ => CommandError::ChannelOpen,
        });
    }
    let (incident, zone) = (change.incident.clone(), change.settings.time_zone);
    let base = channel_name::base(&incident.title, incident.declared_at, zone);
    let name = store::incidents::choose_channel_name(change.conn(), &base).await?;
    store::posted_messages::leave_panel(change.conn(), id).await?;
    let number = store::archiving::leave_channel(change.conn(), id, &name).await?;
    if let Some(user) = request.actor.slack_user_id() {
        store::members::add(change.conn(), id, user).await?;
    }
    let by = request.actor.name().to_owned();
    change.settle(Asking::Unarchive, &Settled::NewChannel { by }).await?;
    let create = CreateChannel {
        incident: id,
        answer_in: None,
        number: Some(number),
    };
    change.job(create.job());
    reminders::resume(&mut change).await?;
    change.commit().await
}

/// What follows from opening an incident again, as far as its channel goes.
pub(crate) async fn reopened(change: &mut Change) -> Result<(), CommandError> {
    let (id, now) = (change.incident.id, change.request().now);
    store::archiving::set_asked(change.conn(), id, None).await?;
    if change.incident.channel_id.is_none() || change.incident.open_channel().is_some() {
        return Ok(());
    }
    // A public channel is joined again by itself: people are asked when that did not help.
    if change.incident.channel_lost == Some(ChannelLost::Removed) && !change.incident.private {
        change.job(CheckChannel { incident: id }.job());
        return Ok(());
    }
    let by = change.request().actor.slack_user_id().map(str::to_owned);
    for job in ask_for_channel(change.conn(), id, now, by).await? {
        change.job(job);
    }
    Ok(())
}

/// The jobs that ask people to make the channel usable again, or to have a new one made.
pub(crate) async fn ask_for_channel(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
    by: Option<String>,
) -> Result<Vec<NewJob>, store::Error> {
    let mut asking = Vec::new();
    // One of before that is open still: it is asked where people look now.
    if let Some(question) = store::prompts::close(conn, id, Asking::Unarchive, &Settled::AskedAgain).await? {
        asking.push(DrawQuestion { question }.job(id));
    }
    let question = store::prompts::ask(conn, id, Asking::Unarchive, now).await?.id;
    asking.push(AskToUnarchive { question, by }.job(id));
    Ok(asking)
}
