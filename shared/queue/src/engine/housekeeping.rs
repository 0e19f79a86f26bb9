//! Deleting finished jobs when they have been kept long enough: a periodic job of the engine's own.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{Error, PgPool};

use crate::config::Config;
use crate::context::JobContext;
use crate::handler::{Handler, Outcome, Registry};
use crate::job::{Job, NewJob};
use crate::queue::{Priority, Queue};

/// Done by whichever process fetches it, in any queue.
pub(super) const KIND: &str = "jobs.housekeeping";
const EVERY: Duration = Duration::from_hours(1);
/// How long a periodic job is remembered after a tick that did not come.
const KEEP_TICKS: TimeDelta = TimeDelta::days(7);
/// Rows per statement, so that none takes long.
const AT_ONCE: i64 = 5000;

#[derive(Serialize, Deserialize)]
struct Housekeeping {}

impl Job for Housekeeping {
    const KIND: &'static str = KIND;
    // Replaced when it is enqueued.
    const QUEUE: Queue = Queue::new("any");
    const PRIORITY: Priority = Priority::LAST;
    const HORIZON: Duration = EVERY;
}

struct Housekeeper {
    pool: PgPool,
    keep_completed: Duration,
    keep_discarded: Duration,
}

/// Adds the job and its handler.
pub(super) fn register(registry: Registry, config: &Config, pool: &PgPool) -> Registry {
    let handler = Housekeeper {
        pool: pool.clone(),
        keep_completed: config.keep_completed,
        keep_discarded: config.keep_discarded,
    };
    // A queue that this process consumes, whichever it is.
    let queue = config.queues.first().copied().unwrap_or(Housekeeping::QUEUE);
    registry
        .handle::<Housekeeping>(handler)
        .periodic(KIND, EVERY, move |_| NewJob {
            queue,
            ..NewJob::new(&Housekeeping {})
        })
}

#[async_trait]
impl Handler<Housekeeping> for Housekeeper {
    async fn run(&self, _: Housekeeping, context: &JobContext) -> Outcome {
        let now = context.now();
        match tokio::try_join!(
            delete_completed(&self.pool, now - self.keep_completed),
            delete_discarded(&self.pool, now - self.keep_discarded),
            delete_ticks(&self.pool, now - KEEP_TICKS),
        ) {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::retry(error),
        }
    }
}

async fn delete_completed(pool: &PgPool, before: DateTime<Utc>) -> Result<(), Error> {
    loop {
        let deleted = sqlx::query!(
            "DELETE FROM jobs WHERE id IN (
                 SELECT id FROM jobs WHERE state IN ('completed', 'superseded') AND finished_at < $1
                 ORDER BY finished_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)",
            before,
            AT_ONCE,
        )
        .execute(pool)
        .await?;
        if deleted.rows_affected() == 0 {
            return Ok(());
        }
    }
}

async fn delete_discarded(pool: &PgPool, before: DateTime<Utc>) -> Result<(), Error> {
    loop {
        let deleted = sqlx::query!(
            "DELETE FROM jobs WHERE id IN (
                 SELECT id FROM jobs WHERE state = 'discarded' AND finished_at < $1
                 ORDER BY finished_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)",
            before,
            AT_ONCE,
        )
        .execute(pool)
        .await?;
        if deleted.rows_affected() == 0 {
            return Ok(());
        }
    }
}

/// Deletes periodic jobs that no process proposes anymore.
async fn delete_ticks(pool: &PgPool, before: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("DELETE FROM job_ticks WHERE last_tick + every < $1", before)
        .execute(pool)
        .await?;
    Ok(())
}
