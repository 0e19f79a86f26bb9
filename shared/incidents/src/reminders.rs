//! Reminders: people are asked for the next update of an incident when it is due.
//!
//! When the next one is due stands with the incident, and every change of it leaves a job for that moment. A job that comes
//! too early (an update was sent since, or somebody put the reminders off) finds that out and comes again when it is due.

use chrono::{DateTime, TimeDelta, Utc};
use domain::timeline::Happening;
use domain::{Asking, Incident, IncidentId, Posted, Question, Reminders, Settings, Settled};
use jobs::{DrawQuestion, Remind};
use queue::NewJob;
use store::{PgConnection, PgPool};

use crate::change::{Begun, Change};
use crate::{CommandError, JobCommandError, Request};

/// For how many minutes reminders may be put off.
pub const PUT_OFF_MINUTES: [u32; 3] = [30, 60, 90];

/// Puts the reminders of an incident off for a while.
pub async fn put_off_reminders(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    minutes: u32,
) -> Result<(), CommandError> {
    let until = request.now + TimeDelta::minutes(minutes.into());
    let by = request.actor.name().to_owned();
    let settled = Settled::PutOff { by, until };
    pause(pool, request, id, Some((minutes, until)), &settled).await
}

/// Stops the reminders of an incident until somebody sends an update.
pub async fn stop_reminders(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let by = request.actor.name().to_owned();
    pause(pool, request, id, None, &Settled::Stopped { by }).await
}

async fn pause(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    put_off: Option<(u32, DateTime<Utc>)>,
    settled: &Settled,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    if !wanted(&change.incident, &change.settings) {
        return Err(CommandError::NoReminders);
    }
    match put_off {
        Some((_, until)) => start(&mut change, until).await?,
        None => stop(&mut change).await?,
    }
    let paused = Happening::RemindersPaused {
        minutes: put_off.map(|(minutes, _)| minutes),
    };
    // The message that asked says it, where there is one.
    if change.settle(Asking::Update, settled).await? {
        change.note_silently(&paused).await?;
    } else {
        change.note(&paused).await?;
    }
    change.commit().await
}

/// Whether people are reminded of updates of this incident at all.
pub(crate) fn wanted(incident: &Incident, settings: &Settings) -> bool {
    !incident.is_resolved() && settings.has_reminders(&incident.severity)
}

/// The moment of the next reminder after something at `now`.
pub(crate) fn next_after(now: DateTime<Utc>, settings: &Settings) -> DateTime<Utc> {
    now + TimeDelta::minutes(settings.update_every_minutes.into())
}

/// Has the next reminder come at `at`, whoever stopped them before.
pub(crate) async fn start(change: &mut Change, at: DateTime<Utc>) -> Result<(), CommandError> {
    let incident = change.incident.id;
    store::reminders::begin(change.conn(), incident, at).await?;
    change.job(Remind { incident }.at(at));
    Ok(())
}

/// Has the reminders go on in a channel that can be used again, unless somebody stopped them.
pub(crate) async fn resume(change: &mut Change) -> Result<(), CommandError> {
    let id = change.incident.id;
    if !wanted(&change.incident, &change.settings) || store::reminders::get(change.conn(), id).await?.stopped {
        return Ok(());
    }
    let next = next_after(change.request().now, &change.settings);
    start(change, next).await
}

/// Ends the reminders; nobody stopped them, they are not needed any more.
pub(crate) async fn end(change: &mut Change) -> Result<(), CommandError> {
    let incident = change.incident.id;
    store::reminders::set(change.conn(), incident, Reminders::default()).await?;
    change.settle(Asking::Update, &Settled::NotNeeded).await?;
    Ok(())
}

/// Stops the reminders because a person wants it.
pub(crate) async fn stop(change: &mut Change) -> Result<(), CommandError> {
    let incident = change.incident.id;
    let stopped = Reminders {
        next_at: None,
        stopped: true,
    };
    store::reminders::set(change.conn(), incident, stopped).await?;
    Ok(())
}

/// What people are to be reminded of now, in the transaction of the reminder's job: the question to post, which may have
/// been posted before. `None` when nothing is due; where something will be, a job waits for it.
pub async fn due_reminder(
    conn: &mut PgConnection,
    id: IncidentId,
    now: DateTime<Utc>,
) -> Result<Option<Question>, JobCommandError> {
    let Some(incident) = store::incidents::lock(conn, id).await? else {
        return Ok(None);
    };
    // Whoever makes or opens the channel has the reminders go on.
    if incident.open_channel().is_none() {
        return Ok(None);
    }
    let settings = store::settings::load(conn).await?;
    let Some(next_at) = store::reminders::get(conn, id).await?.next_at else {
        return Ok(None);
    };
    if !wanted(&incident, &settings) {
        return Ok(None);
    }
    // One whose posting did not get to its end, and that nobody has answered otherwise.
    if let Some(unposted) = store::prompts::unposted(conn, id, Asking::Update).await? {
        return Ok(Some(unposted));
    }
    if next_at > now {
        queue::enqueue_at(conn, now, vec![Remind { incident: id }.at(next_at)]).await?;
        return Ok(None);
    }
    if let Some(question) = store::prompts::close(conn, id, Asking::Update, &Settled::AskedAgain).await? {
        queue::enqueue_at(conn, now, vec![DrawQuestion { question }.job(id)]).await?;
    }
    Ok(Some(store::prompts::ask(conn, id, Asking::Update, now).await?))
}

/// Keeps that people were reminded, and has the next reminder come.
pub async fn reminded(
    conn: &mut PgConnection,
    question: &Question,
    posted: &Posted,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    let id = question.incident;
    if store::incidents::lock(conn, id).await?.is_none() {
        return Ok(());
    }
    question_posted(conn, question, posted, now).await?;
    remind_again(conn, id, now).await
}

/// Has the next reminder come although this one could not be posted.
pub async fn remind_again(conn: &mut PgConnection, id: IncidentId, now: DateTime<Utc>) -> Result<(), JobCommandError> {
    store::incidents::lock(conn, id).await?;
    let Some(mut next_at) = store::reminders::get(conn, id).await?.next_at else {
        return Ok(());
    };
    // An update that was sent meanwhile has moved it already.
    if next_at <= now {
        next_at = next_after(now, &store::settings::load(conn).await?);
        store::reminders::begin(conn, id, next_at).await?;
    }
    queue::enqueue_at(conn, now, vec![Remind { incident: id }.at(next_at)]).await?;
    Ok(())
}

/// Keeps where a question stands; one that was settled meanwhile is drawn anew.
pub(crate) async fn question_posted(
    conn: &mut PgConnection,
    question: &Question,
    posted: &Posted,
    now: DateTime<Utc>,
) -> Result<(), JobCommandError> {
    store::prompts::posted(conn, question.id, posted).await?;
    let settled = store::prompts::get(conn, question.id).await?;
    if settled.and_then(|question| question.settled) != question.settled {
        let draw: NewJob = DrawQuestion { question: question.id }.job(question.incident);
        queue::enqueue_at(conn, now, vec![draw]).await?;
    }
    Ok(())
}
