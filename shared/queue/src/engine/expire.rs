//! Discards expired jobs that no worker fetches: no worker serves their queue, or none knows their kind anymore.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Error;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::Engine;
use super::discard::{Doomed, discard_job};
use super::fetch::jittered;

/// Grace period for workers that serve the queue.
const SERVED_FIRST: TimeDelta = TimeDelta::minutes(1);
/// Grace period for workers of another release, which may know the kind.
const KNOWN_FIRST: TimeDelta = TimeDelta::hours(1);
/// Jobs per statement.
const AT_ONCE: i64 = 100;

/// Discards such jobs until it is cancelled.
pub(super) async fn run(engine: Arc<Engine>) {
    loop {
        sleep(jittered(engine.config.expired_check)).await;
        match find(&engine).await {
            Ok(expired) => {
                for (job, reason) in expired {
                    discard_job(&engine, job, &reason, None).await;
                }
            }
            Err(error) => warn!(%error, "expired jobs cannot be looked for"),
        }
    }
}

async fn find(engine: &Engine) -> Result<Vec<(Doomed, String)>, Error> {
    let mut link = engine.chores.lock().await;
    let kinds: Vec<_> = engine.handlers.keys().map(|kind| (*kind).to_owned()).collect();
    let now = engine.now();
    let query = sqlx::query!(
        r#"SELECT id, queue, kind, payload::text AS "payload!", expires_at, subject_incident,
                  kind = ANY($1) AS "is_known!" FROM jobs
           WHERE state = 'waiting'
             AND CASE WHEN kind = ANY($1) THEN queue <> ALL($2) AND expires_at < $3 ELSE expires_at < $4 END
           ORDER BY expires_at LIMIT $5"#,
        &kinds,
        &engine.queue_names(),
        now - SERVED_FIRST,
        now - KNOWN_FIRST,
        AT_ONCE,
    );
    let answer = timeout(link.patience(), async { query.fetch_all(link.get().await?).await }).await;
    let expired = link.settle(answer)?.into_iter().map(|row| {
        let reason = reason(row.expires_at, row.is_known);
        let job = Doomed {
            id: row.id,
            queue: row.queue,
            kind: row.kind,
            subject: row.subject_incident,
            payload: row.payload,
            run_no: None,
        };
        (job, reason)
    });
    Ok(expired.collect())
}

fn reason(expires_at: DateTime<Utc>, is_known: bool) -> String {
    let by = expires_at.format("%F %T UTC");
    if is_known {
        format!("not done by {by}: no worker serves its queue")
    } else {
        format!("not done by {by}: no worker knows this kind of job, and nobody was told")
    }
}
