//! Leases: renewed while a job runs, and watched by the process that runs it.

use std::collections::HashSet;
use std::sync::Arc;

use sqlx::Error;
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use super::Engine;
use super::link::Link;
use crate::context::RunKey;
use crate::enqueue::interval;

/// When a lease asked for now ends for the one who holds it: a tenth before it ends for Postgres.
pub(super) fn deadline(engine: &Engine) -> Instant {
    Instant::now() + engine.config.lease.mul_f64(0.9)
}

/// Renews the leases three times in their length, and when another process may have taken some of them.
pub(super) async fn renew(engine: Arc<Engine>) {
    let mut link = engine.link();
    loop {
        tokio::select! {
            () = sleep(engine.config.lease / 3) => {}
            () = engine.renew_now.notified() => {}
        }
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
    // A locked row (a handler completes it, a fetch reads its lane) is still ours, and is renewed the next time.
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
