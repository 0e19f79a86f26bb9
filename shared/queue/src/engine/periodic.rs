//! Periodic jobs: every process proposes the tick, one row of the database lets one of them win.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Connection;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::Engine;
use super::fetch::jittered;
use crate::enqueue::{EnqueueError, enqueue_at, interval};
use crate::handler::Periodic;
use crate::job::NewJob;

/// Proposes ticks until the process stops.
pub(super) async fn run(engine: Arc<Engine>, periodic: Vec<Periodic>, shutdown: CancellationToken) {
    let mut proposed: HashMap<&str, DateTime<Utc>> = HashMap::new();
    while !shutdown.is_cancelled() {
        for periodic in &periodic {
            let Some(tick) = tick(engine.now(), periodic.every) else {
                continue;
            };
            if proposed.get(periodic.name.as_str()).is_some_and(|last| *last >= tick) {
                continue;
            }
            let job = (periodic.make)(tick);
            if !engine.config.queues.contains(&job.queue) {
                // Nobody may consume that queue: those who do propose it.
                proposed.insert(&periodic.name, tick);
                continue;
            }
            match propose(&engine, periodic, tick, job).await {
                Ok(won) => {
                    debug!(name = periodic.name, %tick, won, "a tick was proposed");
                    proposed.insert(&periodic.name, tick);
                }
                Err(error) => warn!(name = periodic.name, %error, "a tick cannot be proposed yet"),
            }
        }
        sleep(jittered(engine.config.poll)).await;
    }
    // The engine ends when its parts do; this one waits for the others.
    std::future::pending::<()>().await;
}

/// The last tick until `now`.
fn tick(now: DateTime<Utc>, every: Duration) -> Option<DateTime<Utc>> {
    let every = i64::try_from(every.as_micros()).ok().filter(|every| *every > 0)?;
    DateTime::from_timestamp_micros(now.timestamp_micros() / every * every)
}

/// Enqueues the job of `tick`, unless another process did.
async fn propose(
    engine: &Engine,
    periodic: &Periodic,
    tick: DateTime<Utc>,
    mut job: NewJob,
) -> Result<bool, EnqueueError> {
    if job.coalesce.is_none() {
        // Where the workers cannot keep up, ticks do not pile up.
        job.coalesce = Some(format!("periodic/{}", periodic.name));
    }
    let now = engine.now();
    let mut link = engine.chores.lock().await;
    let proposing = async {
        let mut tx = link.get().await?.begin().await?;
        let won = sqlx::query!(
            "INSERT INTO job_ticks (name, queue, every, last_tick) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE
                 SET queue = excluded.queue, every = excluded.every, last_tick = excluded.last_tick
                 WHERE job_ticks.last_tick < excluded.last_tick",
            periodic.name,
            job.queue.as_str(),
            interval(periodic.every),
            tick,
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        let enqueued = if won {
            enqueue_at(&mut tx, now, vec![job]).await
        } else {
            Ok(())
        };
        if enqueued.is_ok() {
            tx.commit().await?;
        }
        Ok(enqueued.map(|()| won))
    };
    let patience = engine.config.lease / 2;
    let answer = timeout(patience, proposing).await;
    link.settle(answer)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_whole_numbers_of_their_interval() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let five_minutes = Duration::from_mins(5);
        assert_eq!(
            tick(at("2026-11-23T10:07:31.5Z"), five_minutes),
            Some(at("2026-11-23T10:05:00Z"))
        );
        assert_eq!(
            tick(at("2026-11-23T10:10:00Z"), five_minutes),
            Some(at("2026-11-23T10:10:00Z"))
        );
        assert_eq!(tick(at("2026-11-23T10:07:31.5Z"), Duration::ZERO), None);
    }
}
