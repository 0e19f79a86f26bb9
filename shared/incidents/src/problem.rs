//! Something could not be done for an incident; people have it tried again.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, IncidentId};
use jobs::TellProblem;
use queue::admin::Retried;
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::touched::touched;
use crate::{CommandError, Request, paging};

/// Notes a problem in the timeline, which the console shows, and has people told in Slack, in the caller's transaction.
///
/// `sentence` says what did not work, why, and what to do; `job` did not do it, where people can have it tried again.
pub async fn note_problem(
    conn: &mut PgConnection,
    incident: IncidentId,
    sentence: &str,
    job: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), crate::JobCommandError> {
    note(conn, incident, sentence, job, false, now).await
}

/// The same for what is about the RCA document: it is said in the RCA channel, where there is one.
pub async fn note_rca_problem(
    conn: &mut PgConnection,
    incident: IncidentId,
    sentence: &str,
    job: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), crate::JobCommandError> {
    note(conn, incident, sentence, job, true, now).await
}

async fn note(
    conn: &mut PgConnection,
    incident: IncidentId,
    sentence: &str,
    job: Option<Uuid>,
    in_rca: bool,
    now: DateTime<Utc>,
) -> Result<(), crate::JobCommandError> {
    if store::incidents::lock(conn, incident).await?.is_none() {
        return Ok(());
    }
    let happening = Happening::Problem {
        sentence: sentence.to_owned(),
        job,
        in_rca,
    };
    let problem = store::timeline::append(conn, incident, now, &Actor::System, &happening, false).await?;
    touched(conn, incident, now, "problem noted").await?;
    // A job that names a page or a prompt is found by this: its own logs don't name the incident.
    if let Some(job) = job {
        tracing::warn!(%incident, %job, "a job of an incident could not be done");
    }
    let tell = TellProblem {
        incident,
        problem,
        sentence: sentence.to_owned(),
        retry: job.is_some(),
        tried_by: None,
        in_rca,
    };
    queue::enqueue_at(conn, now, vec![tell.job()]).await?;
    Ok(())
}

/// Has what could not be done tried again; `problem` is its entry in the timeline.
pub async fn retry_problem(
    pool: &PgPool,
    request: &Request,
    id: IncidentId,
    problem: Uuid,
) -> Result<(), CommandError> {
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    let entry = store::timeline::get(change.conn(), id, problem).await?;
    let Some(Happening::Problem {
        sentence,
        job: Some(job),
        in_rca,
    }) = entry.map(|entry| entry.happening)
    else {
        return Err(CommandError::NoEntry);
    };
    let page = store::pages::by_problem(change.conn(), problem).await?;
    if let Some(page) = &page {
        paging::check_not_under_way(&mut change, page).await?;
    }
    let now = change.request().now;
    if queue::admin::retry(change.conn(), job, now).await? == Retried::NotDiscarded {
        return Err(CommandError::TriedAlready);
    }
    let by = change.request().actor.name().to_owned();
    change
        .note_silently(&Happening::TriedAgain {
            problem: sentence.clone(),
        })
        .await?;
    // The message of a page says so itself.
    if let Some(page) = page {
        paging::tried_again(&mut change, &page).await?;
        return change.commit().await;
    }
    change.job(
        TellProblem {
            incident: id,
            problem,
            sentence,
            retry: true,
            tried_by: Some(by),
            in_rca,
        }
        .job(),
    );
    change.commit().await
}
