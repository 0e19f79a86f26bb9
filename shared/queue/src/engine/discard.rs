//! Discards a job, together with the notice that its handler writes about it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{Instrument, error, warn};
use uuid::Uuid;

use super::Engine;
use super::finish::{Verdict, storable};
use super::link::{LOCK_TIMEOUT_MS, is_lock_timeout};
use super::run::{Run, named};
use super::running::StopSwitch;
use crate::handler::{Discard, NotTold};

/// How often the handler's `discarded` may fail.
const TRIES: u32 = 5;

/// A job to discard.
#[derive(Debug)]
pub(super) struct Doomed {
    pub(super) id: Uuid,
    pub(super) queue: String,
    pub(super) kind: String,
    pub(super) payload: String,
    /// The incident that it is about.
    pub(super) subject: Option<Uuid>,
    /// The run of this engine that discards it; none while it waits, where only an expired one is discarded.
    pub(super) run_no: Option<i64>,
}

/// Discards the job of `run`, unless it is another run's meanwhile.
pub(super) async fn discard(run: &Arc<Run>, reason: &str) {
    run.free_slot();
    let row = &run.row;
    let job = Doomed {
        id: row.key.id,
        queue: row.queue.to_string(),
        kind: row.kind.clone(),
        payload: row.payload.clone(),
        subject: row.subject,
        run_no: Some(row.key.run_no),
    };
    if !discard_job(&run.engine, job, reason, Some(&run.stop)).await {
        // The next run discards it too.
        run.answer(Verdict::Released);
    }
    if row.laned {
        run.engine.wake(row.queue);
    }
    run.forget();
}

/// Discards `job`, however often the database fails. Returns whether it finished before `stop` was triggered.
pub(super) async fn discard_job(engine: &Arc<Engine>, job: Doomed, reason: &str, stop: Option<&StopSwitch>) -> bool {
    let job = Arc::new(job);
    let mut pause = Duration::from_millis(50);
    let mut failures = 0;
    // Why there is no notice.
    let mut untold: Option<String> = None;
    loop {
        // In a task of its own, for it may panic.
        let (engine_too, this, said, silent) = (engine.clone(), job.clone(), reason.to_owned(), untold.clone());
        let attempt = async move { discard_once(&engine_too, &this, &said, silent.as_deref()).await };
        let attempt = tokio::spawn(attempt.in_current_span());
        let (id, kind, incident) = (job.id, &job.kind, named(job.subject));
        let problem = match attempt.await {
            Ok(Ok(discarded)) => {
                note(&job, reason, untold.as_deref(), discarded);
                return true;
            }
            Ok(Err(NotTold::Unreadable(unreadable))) => {
                untold = Some(unreadable.to_string());
                continue;
            }
            Ok(Err(NotTold::Database(error))) => {
                failures += u32::from(!is_outage(&error));
                error.to_string()
            }
            Err(panic) => {
                failures += 1;
                panic.to_string()
            }
        };
        warn!(%id, kind, incident, error = problem, "a job cannot be discarded yet");
        if failures >= TRIES {
            untold = Some(problem);
        }
        let stopped = async {
            match stop {
                Some(stop) => stop.thrown().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            _ = stopped => return false,
        }
        pause = (2 * pause).min(Duration::from_secs(2));
    }
}

fn note(job: &Doomed, reason: &str, untold: Option<&str>, discarded: bool) {
    let outcome = if discarded { "discarded" } else { "stale" };
    metrics::counter!("incident_bot_jobs_outcomes_total", "queue" => job.queue.clone(), "outcome" => outcome)
        .increment(1);
    if discarded {
        let (queue, kind) = (job.queue.clone(), job.kind.clone());
        metrics::counter!("incident_bot_jobs_discarded_total", "queue" => queue, "kind" => kind).increment(1);
    }
    let Doomed { id, kind, .. } = job;
    let incident = named(job.subject);
    match untold {
        _ if !discarded => {}
        None => error!(%id, kind, incident, reason, "a job was discarded"),
        Some(error) => error!(%id, kind, incident, reason, error, "a job was discarded, and nobody could be told"),
    }
}

/// The database is away or overloaded, or others hold a lock: nobody's fault.
fn is_outage(error: &sqlx::Error) -> bool {
    // Classes: 08 connection, 40 transaction rollback, 53 insufficient resources, 57 operator intervention.
    is_lock_timeout(error)
        || error.as_database_error().is_none_or(|error| {
            error
                .code()
                .is_some_and(|code| matches!(code.get(..2), Some("08" | "40" | "53" | "57")))
        })
}

/// Without `untold`, the handler writes its notice in the same transaction. Locks the job, then what the handler locks (an
/// incident), then at the commit the next job of the lane. Commands lock the incident first, and then jobs that wait: never
/// one that runs, but maybe this one where it expired while it waited. So this one times out first, see `LOCK_TIMEOUT_MS`.
async fn discard_once(engine: &Engine, job: &Doomed, reason: &str, untold: Option<&str>) -> Result<bool, NotTold> {
    let shown = match untold {
        Some(why) => storable(&format!("{reason} (Nobody was told: {why})")),
        None => storable(reason),
    };
    let mut tx = engine.pool.begin().await?;
    sqlx::query("SELECT set_config('lock_timeout', $1, true)")
        .bind(LOCK_TIMEOUT_MS)
        .execute(&mut *tx)
        .await?;
    let discarded = sqlx::query!(
        "UPDATE jobs SET state = 'discarded', finished_at = $3, last_error = $4, locked_by = NULL, lease_expires_at = NULL
         WHERE id = $1
           AND CASE WHEN $2::bigint IS NULL THEN state = 'waiting' AND expires_at < $3
                    ELSE state = 'running' AND run_no = $2 AND locked_by = $5 END",
        job.id,
        job.run_no,
        engine.now(),
        shown,
        engine.identity,
    )
    .execute(&mut *tx)
    .await?;
    if discarded.rows_affected() == 0 {
        return Ok(false);
    }
    if untold.is_none()
        && let Some((_, handler)) = engine.handlers.get(job.kind.as_str())
    {
        let why = Discard {
            job: job.id,
            subject: job.subject,
            reason,
        };
        handler.discarded(&job.payload, &why, &mut tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}
