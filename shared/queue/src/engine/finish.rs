//! Writes the outcomes of runs, in batches.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Error;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tracing::{debug, error, warn};

use super::Engine;
use super::link::{LOCK_TIMEOUT_MS, Link, is_lock_timeout, is_unique_violation};
use super::run::{Lease, Row, named};
use crate::context::RunKey;
use crate::queue::Queue;

/// The new state of a run's job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is done.
    Completed,
    /// The handler says that its own transaction completed it. Where that is not so, it was rolled back.
    CompletedByHandler,
    /// It waits until `run_at`.
    Waiting {
        run_at: DateTime<Utc>,
        /// Nothing failed when it is snoozed.
        failed: bool,
        /// Whether the run was lost.
        crashed: bool,
        reason: String,
    },
    /// It never began.
    Released,
}

/// A verdict on its way to the database. The lease is renewed until it is written.
pub(crate) struct Answer {
    pub(crate) lease: Lease,
    pub(crate) row: Arc<Row>,
    pub(crate) verdict: Verdict,
}

/// Writes outcomes until it is cancelled. While one batch is written, the next one gathers.
pub(super) async fn run(engine: Arc<Engine>, mut answers: mpsc::UnboundedReceiver<Answer>) {
    // One that has to wait for a caller's transaction does not hold the others up for long.
    let mut link = engine.link_with("lock_timeout", LOCK_TIMEOUT_MS);
    let mut batch = Vec::new();
    while answers.recv_many(&mut batch, 1000).await > 0 {
        let mut pause = Duration::from_millis(20);
        while let Err(error) = write(&engine, &mut link, &batch).await {
            if is_unique_violation(&error) || is_lock_timeout(&error) || (is_refusal(&error) && batch.len() > 1) {
                write_singly(&engine, &mut link, &mut batch).await;
                break;
            }
            if is_refusal(&error) {
                for Answer { row, .. } in &batch {
                    error!(
                        id = %row.key.id, kind = row.kind, incident = named(row.subject), %error,
                        "an answer cannot be written: its lease will run out"
                    );
                }
                break;
            }
            warn!(%error, answers = batch.len(), "answers cannot be written yet");
            sleep(pause).await;
            pause = (2 * pause).min(Duration::from_secs(1));
        }
        // Releases the leases.
        batch.clear();
    }
}

/// Postgres understood and refused: a retry does not help.
fn is_refusal(error: &Error) -> bool {
    // Classes: 22 data exception, 23 integrity constraint violation.
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(code.get(..2), Some("22" | "23")))
}

/// One at a time, the newest first: of several jobs with one key that would wait again the newest does. What cannot be
/// written yet comes again with the next ones.
async fn write_singly(engine: &Engine, link: &mut Link, batch: &mut Vec<Answer>) {
    batch.sort_by_key(|answer| std::cmp::Reverse(answer.lease.key.id));
    for answer in batch.drain(..) {
        match write(engine, link, std::slice::from_ref(&answer)).await {
            Ok(()) => {}
            Err(error) if is_refusal(&error) && !is_unique_violation(&error) => {
                let row = &answer.row;
                error!(
                    id = %row.key.id, kind = row.kind, incident = named(row.subject), %error,
                    "an answer cannot be written: its lease will run out"
                );
            }
            // A unique violation: meanwhile another job with the same key waits. The next attempt sees it.
            Err(error) => {
                debug!(id = %answer.lease.key.id, %error, "an answer cannot be written yet");
                let _ = engine.answers.send(answer);
            }
        }
    }
}

/// The outcomes as columns for `unnest`.
#[derive(Default)]
struct Columns {
    id: Vec<uuid::Uuid>,
    run_no: Vec<i64>,
    completed: Vec<bool>,
    run_at: Vec<Option<DateTime<Utc>>>,
    failed: Vec<bool>,
    crashed: Vec<bool>,
    released: Vec<bool>,
    reason: Vec<Option<String>>,
}

impl Columns {
    fn new(engine: &Engine, answers: &[Answer]) -> Self {
        let mut columns = Self::default();
        for answer in answers {
            columns.id.push(answer.lease.key.id);
            columns.run_no.push(answer.lease.key.run_no);
            columns.completed.push(answer.verdict == Verdict::Completed);
            columns.released.push(answer.verdict == Verdict::Released);
            let (run_at, failed, crashed, reason) = match &answer.verdict {
                Verdict::Completed | Verdict::Released => (None, false, false, None),
                Verdict::CompletedByHandler => (
                    Some(engine.now() + engine.config.backoff_min),
                    true,
                    false,
                    Some("the transaction that was to complete the job was not committed".to_owned()),
                ),
                Verdict::Waiting {
                    run_at,
                    failed,
                    crashed,
                    reason,
                } => (Some(*run_at), *failed, *crashed, Some(storable(reason))),
            };
            columns.run_at.push(run_at);
            columns.failed.push(failed);
            columns.crashed.push(crashed);
            columns.reason.push(reason);
        }
        columns
    }
}

async fn write(engine: &Engine, link: &mut Link, answers: &[Answer]) -> Result<(), Error> {
    let columns = Columns::new(engine, answers);
    let patience = link.patience();
    let query = sqlx::query!(
        r#"UPDATE jobs j
           SET state = a.state,
               finished_at = CASE WHEN a.state <> 'waiting' THEN $9::timestamptz END,
               run_at = COALESCE(a.run_at, j.run_at),
               attempt = j.attempt - a.released::int,
               failures = j.failures + a.failed::int,
               lost_runs = j.lost_runs + a.crashed::int,
               last_error = COALESCE(a.reason, j.last_error),
               locked_by = NULL,
               lease_expires_at = NULL
           FROM (
               SELECT given.*,
                      CASE WHEN given.completed THEN 'completed'
                           WHEN run.coalesce_key IS NOT NULL
                                AND EXISTS (SELECT 1 FROM jobs w
                                            WHERE w.queue = run.queue AND w.coalesce_key = run.coalesce_key
                                              AND w.state = 'waiting') THEN 'superseded'
                           ELSE 'waiting' END AS state
               FROM unnest($1::uuid[], $2::bigint[], $3::bool[], $4::timestamptz[], $5::bool[], $6::bool[], $7::bool[],
                           $8::text[]) AS given (id, run_no, completed, run_at, failed, crashed, released, reason)
               JOIN jobs run ON run.id = given.id
               -- The order in which the next ones of their lanes are locked.
               ORDER BY run.queue, run.lane, run.coalesce_key
           ) AS a
           WHERE j.id = a.id AND j.run_no = a.run_no AND j.locked_by = $10 AND j.state = 'running'
           RETURNING j.id, j.run_no, j.state, j.run_at"#,
        &columns.id,
        &columns.run_no,
        &columns.completed,
        &columns.run_at as &[Option<DateTime<Utc>>],
        &columns.failed,
        &columns.crashed,
        &columns.released,
        &columns.reason as &[Option<String>],
        engine.now(),
        engine.identity,
    );
    let answer = timeout(patience, async { query.fetch_all(link.get().await?).await }).await;
    let written: HashMap<RunKey, (String, DateTime<Utc>)> = link
        .settle(answer)?
        .into_iter()
        .map(|row| {
            (
                RunKey {
                    id: row.id,
                    run_no: row.run_no,
                },
                (row.state, row.run_at),
            )
        })
        .collect();

    let mut freed = BTreeSet::new();
    for answer in answers {
        let (state, run_at) = written
            .get(&answer.lease.key)
            .map(|(state, run_at)| (state.as_str(), *run_at))
            .unzip();
        note(answer, state, engine.now());
        if state == Some("waiting")
            && let Some(run_at) = run_at
        {
            engine.wake_at(answer.row.queue, run_at);
        }
        if answer.row.laned || answer.verdict == Verdict::Released {
            freed.insert(answer.row.queue);
        }
    }
    for queue in freed {
        engine.wake(queue);
        if answers
            .iter()
            .any(|answer| answer.row.queue == queue && answer.verdict == Verdict::Released)
        {
            tell_others(link, queue).await;
        }
    }
    Ok(())
}

/// A process that gives jobs back does so because it stops: the others may have them at once.
async fn tell_others(link: &mut Link, queue: Queue) {
    let query = sqlx::query!("SELECT pg_notify('incident_bot_jobs', $1)", queue.as_str());
    let answer = timeout(link.patience(), async { query.execute(link.get().await?).await }).await;
    if let Err(error) = link.settle(answer) {
        debug!(%error, "the others find out by themselves");
    }
}

/// Counts the outcome of a run, and logs when another run was faster.
fn note(answer: &Answer, state: Option<&str>, now: DateTime<Utc>) {
    let outcome = match (&answer.verdict, state) {
        (Verdict::CompletedByHandler, None) | (_, Some("completed")) => "completed",
        (_, None) => {
            let row = &answer.row;
            warn!(
                id = %row.key.id, kind = row.kind, incident = named(row.subject),
                "a run came too late: its job is another run's"
            );
            "stale"
        }
        (Verdict::Released, Some("waiting")) => "released",
        (Verdict::Waiting { failed: false, .. }, Some("waiting")) => "snoozed",
        (_, Some("waiting")) => "retried",
        (_, Some(_)) => "superseded",
    };
    let queue = answer.row.queue.as_str();
    metrics::counter!("incident_bot_jobs_outcomes_total", "queue" => queue, "outcome" => outcome).increment(1);
    if outcome == "completed" {
        let took = (now - answer.row.created_at).to_std().unwrap_or_default();
        let kind = answer.row.kind.clone();
        metrics::histogram!("incident_bot_jobs_completion_seconds", "queue" => queue, "kind" => kind).record(took);
    }
}

/// A reason as Postgres takes it, and as people read it.
pub(super) fn storable(reason: &str) -> String {
    const LONGEST: usize = 2000;
    reason.chars().filter(|c| *c != '\0').take(LONGEST).collect()
}
