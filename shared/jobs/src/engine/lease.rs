//! Leases: renewed while a job runs, watched by whoever runs it, taken over when they have ended.

use std::collections::HashSet;
use std::sync::Arc;

use sqlx::Error;
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use super::Engine;
use super::fetch::jittered;
use super::link::{Link, is_unique_violation};
use crate::context::RunKey;
use crate::enqueue::interval;

/// When a lease asked for now ends for the one who holds it: a tenth before it ends for Postgres.
pub(super) fn deadline(engine: &Engine) -> Instant {
    Instant::now() + engine.config.lease.mul_f64(0.9)
}

/// Renews the leases three times in their length.
pub(super) async fn renew(engine: Arc<Engine>) {
    let mut link = engine.link();
    loop {
        sleep(engine.config.lease / 3).await;
        while let Err(error) = renew_once(&engine, &mut link).await {
            warn!(%error, "leases cannot be renewed");
            sleep(engine.config.lease / 20).await;
        }
    }
}

async fn renew_once(engine: &Engine, link: &mut Link) -> Result<(), Error> {
    let keys = engine.running.keys();
    if keys.is_empty() {
        return Ok(());
    }
    let deadline = deadline(engine);
    let (ids, run_nos): (Vec<_>, Vec<_>) = keys.iter().map(|key| (key.id, key.run_no)).unzip();
    let patience = link.patience();
    // A row that is locked (a handler completes it, a fetch looks at its lane) is ours still, and renewed the next time.
    let query = sqlx::query!(
        r#"WITH mine AS MATERIALIZED (
               SELECT j.id, j.run_no FROM jobs j
               JOIN unnest($1::uuid[], $2::bigint[]) AS k (id, run_no) ON j.id = k.id AND j.run_no = k.run_no
               WHERE j.state = 'running' AND j.locked_by = $3
           ), free AS MATERIALIZED (
               SELECT j.id, j.run_no FROM jobs j
               JOIN mine ON j.id = mine.id AND j.run_no = mine.run_no
               WHERE j.state = 'running' AND j.locked_by = $3
               FOR UPDATE OF j SKIP LOCKED
           ), renewed AS (
               UPDATE jobs j SET lease_expires_at = clock_timestamp() + $4::interval
               FROM free WHERE j.id = free.id
               RETURNING j.id
           )
           SELECT mine.id AS "id!", mine.run_no AS "run_no!", renewed.id IS NOT NULL AS "renewed!"
           FROM mine LEFT JOIN renewed ON mine.id = renewed.id"#,
        &ids,
        &run_nos,
        engine.identity,
        interval(engine.config.lease),
    );
    let answer = timeout(patience, async { query.fetch_all(link.get().await?).await }).await;
    let mine = link.settle(answer)?;

    let key = |id, run_no| RunKey { id, run_no };
    engine.running.renewed(
        mine.iter().filter(|run| run.renewed).map(|run| key(run.id, run.run_no)),
        deadline,
    );
    let mine: HashSet<_> = mine.iter().map(|run| key(run.id, run.run_no)).collect();
    for lost in keys.into_iter().filter(|key| !mine.contains(key)) {
        engine.running.lost(lost);
    }
    Ok(())
}

/// Stops handlers whose lease was not renewed, before it ends. Needs no database.
pub(super) async fn watch(engine: Arc<Engine>) {
    loop {
        sleep(engine.config.lease / 40).await;
        engine.running.stop_overdue();
    }
}

/// Puts jobs whose lease has ended back to waiting: their process died, or cannot reach the database.
pub(super) async fn reap(engine: Arc<Engine>) {
    let mut link = engine.link();
    loop {
        sleep(jittered(engine.config.lease / 10)).await;
        match reap_once(&engine, &mut link).await {
            Ok(()) => {}
            // A twin came to wait meanwhile: the next look sees it.
            Err(error) if is_unique_violation(&error) => {}
            Err(error) => {
                warn!(%error, "ended leases cannot be looked for");
                // Those who could not renew either go first.
                sleep(engine.config.lease).await;
            }
        }
    }
}

async fn reap_once(engine: &Engine, link: &mut Link) -> Result<(), Error> {
    let patience = link.patience();
    // One job per key may wait: of several that would go back the newest does, and none where one waits already.
    let query = sqlx::query!(
        r#"WITH ended AS MATERIALIZED (
               SELECT id, queue, coalesce_key FROM jobs
               WHERE state = 'running' AND lease_expires_at < now() AND queue = ANY($1)
               ORDER BY lease_expires_at LIMIT 500
               FOR UPDATE SKIP LOCKED
           ), next AS MATERIALIZED (
               SELECT e.id, e.coalesce_key IS NOT NULL
                            AND (row_number() OVER (PARTITION BY e.queue, e.coalesce_key ORDER BY e.id DESC) > 1
                                 OR EXISTS (SELECT 1 FROM jobs w
                                            WHERE w.queue = e.queue AND w.coalesce_key = e.coalesce_key
                                              AND w.state = 'waiting')) AS superseded
               FROM ended e
           )
           UPDATE jobs j
           SET state = CASE WHEN n.superseded THEN 'superseded' ELSE 'waiting' END,
               finished_at = CASE WHEN n.superseded THEN $2::timestamptz END,
               run_at = $2::timestamptz
                        + LEAST($3::interval * power(2, LEAST(j.failures, 30)) * (0.75 + random() / 2), $4::interval),
               failures = j.failures + 1,
               crashes = j.crashes + 1,
               last_error = 'the run ended without an answer: its process died or lost the database',
               locked_by = NULL,
               lease_expires_at = NULL
           FROM next n
           WHERE j.id = n.id AND j.state = 'running'
           RETURNING j.id, j.kind, j.queue, j.run_at"#,
        &engine.queue_names(),
        engine.now(),
        interval(engine.config.backoff_min),
        interval(engine.config.backoff_max),
    );
    let answer = timeout(patience, async { query.fetch_all(link.get().await?).await }).await;
    for job in link.settle(answer)? {
        warn!(id = %job.id, kind = job.kind, "a lease has ended: the job will run again");
        metrics::counter!("jobs_leases_ended_total", "kind" => job.kind).increment(1);
        if let Ok(queue) = job.queue.parse() {
            engine.wake(queue);
            engine.wake_at(queue, job.run_at);
        }
    }
    Ok(())
}
