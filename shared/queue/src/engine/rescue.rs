//! Rescues lost runs: their jobs wait again.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::{Connection, Error, PgConnection};
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;
use uuid::Uuid;

use super::Engine;
use super::fetch::jittered;
use super::link::{Link, is_lock_timeout, is_unique_violation};
use super::liveness::{self, Missing};
use super::run::named;
use crate::enqueue::interval;

/// Jobs per statement.
pub(super) const AT_ONCE: usize = 500;

/// Which runs are lost.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lost {
    /// Those whose lease has ended, of the queues that this engine serves.
    ByLease,
    /// Those of a worker that died, of all queues.
    Worker(Uuid),
}

/// A job that will run again.
pub(super) struct Released {
    id: Uuid,
    kind: String,
    queue: String,
    run_at: DateTime<Utc>,
    subject_incident: Option<Uuid>,
}

/// Looks for lost runs until it is cancelled.
pub(super) async fn run(engine: Arc<Engine>) {
    let mut missing = Missing::default();
    let mut workers_from = Instant::now();
    let mut leases_from = Instant::now() + jittered(engine.config.lease / 10);
    let mut was_away = false;
    loop {
        sleep(jittered(engine.config.dead_check.min(engine.config.lease / 10))).await;
        let now = Instant::now();
        let looking = async {
            let mut link = engine.chores.lock().await;
            if was_away {
                // Those who could not reach the database either go first.
                reach(&mut link).await?;
                was_away = false;
                workers_from = Instant::now() + engine.config.restart_grace;
                leases_from = Instant::now() + engine.config.lease;
            }
            if now >= workers_from {
                liveness::look(&engine, &mut link, &mut missing).await?;
            }
            if now >= leases_from {
                leases_from = now + jittered(engine.config.lease / 10);
                by_lease(&engine, &mut link).await?;
            }
            Ok(())
        };
        match looking.await {
            Ok(()) => {}
            // Meanwhile another job with the same key waits or is being enqueued: the next attempt sees it.
            Err(error) if is_unique_violation(&error) || is_lock_timeout(&error) => {}
            Err(error) => {
                warn!(%error, "lost runs cannot be looked for");
                missing.forget();
                was_away = true;
            }
        }
    }
}

async fn reach(link: &mut Link) -> Result<(), Error> {
    let answer = timeout(link.patience(), async { link.get().await?.ping().await }).await;
    link.settle(answer)
}

async fn by_lease(engine: &Engine, link: &mut Link) -> Result<(), Error> {
    let answer = timeout(link.patience(), async {
        release(engine, link.get().await?, Lost::ByLease).await
    })
    .await;
    let jobs = link.settle(answer)?;
    note(engine, &jobs, "a lease has ended: the job will run again");
    Ok(())
}

/// Makes the jobs of lost runs wait again: at once after the first lost run, later ones after the backoff.
pub(super) async fn release(engine: &Engine, conn: &mut PgConnection, lost: Lost) -> Result<Vec<Released>, Error> {
    let (worker, reason) = match lost {
        Lost::ByLease => (
            None,
            "the run was lost: its lease ended, its worker hung or could not reach the database",
        ),
        Lost::Worker(worker) => (Some(worker), "the run was lost: its worker process died"),
    };
    // One job per key may wait: of several that would go back the newest does, and none where one waits already.
    sqlx::query_as!(
        Released,
        r#"WITH lost AS MATERIALIZED (
               SELECT id, queue, coalesce_key FROM jobs
               WHERE state = 'running'
                 AND CASE WHEN $1::uuid IS NULL THEN lease_expires_at < now() AND queue = ANY($2) ELSE locked_by = $1 END
               ORDER BY lease_expires_at LIMIT $7
               FOR UPDATE SKIP LOCKED
           ), next AS MATERIALIZED (
               SELECT l.id, l.coalesce_key IS NOT NULL
                            AND (row_number() OVER (PARTITION BY l.queue, l.coalesce_key ORDER BY l.id DESC) > 1
                                 OR EXISTS (SELECT 1 FROM jobs w
                                            WHERE w.queue = l.queue AND w.coalesce_key = l.coalesce_key
                                              AND w.state = 'waiting')) AS superseded
               FROM lost l
           ), released AS (
               UPDATE jobs j
               SET state = CASE WHEN n.superseded THEN 'superseded' ELSE 'waiting' END,
                   finished_at = CASE WHEN n.superseded THEN $3::timestamptz END,
                   run_at = CASE WHEN j.lost_runs = 0 THEN $3::timestamptz
                                 ELSE $3::timestamptz
                                      + LEAST($4::interval * power(2, LEAST(j.failures, 30)) * (0.75 + random() / 2),
                                              $5::interval) END,
                   failures = j.failures + 1,
                   lost_runs = j.lost_runs + 1,
                   last_error = $6,
                   locked_by = NULL,
                   lease_expires_at = NULL
               FROM next n
               WHERE j.id = n.id AND j.state = 'running'
               RETURNING j.id, j.kind, j.queue, j.run_at, j.subject_incident
           ), told AS MATERIALIZED (
               -- Another process may have a slot that is free.
               SELECT pg_notify('incident_bot_jobs', due.queue)
               FROM (SELECT DISTINCT queue FROM released WHERE run_at <= $3) AS due
           )
           SELECT id AS "id!", kind AS "kind!", queue AS "queue!", run_at AS "run_at!", subject_incident
           FROM released WHERE (SELECT count(*) FROM told) >= 0"#,
        worker,
        &engine.queue_names(),
        engine.now(),
        interval(engine.config.backoff_min),
        interval(engine.config.backoff_max),
        reason,
        i64::try_from(AT_ONCE).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await
}

/// Counts what was released, and wakes this engine for it.
pub(super) fn note(engine: &Engine, jobs: &[Released], what: &'static str) {
    for job in jobs {
        warn!(id = %job.id, kind = job.kind, incident = named(job.subject_incident), "{what}");
        metrics::counter!("incident_bot_jobs_runs_lost_total", "kind" => job.kind.clone()).increment(1);
        if let Some(queue) = engine.queue(&job.queue) {
            engine.wake(queue);
            engine.wake_at(queue, job.run_at);
        }
    }
}
