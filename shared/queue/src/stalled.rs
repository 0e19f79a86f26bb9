//! Stalled queues: a vendor does not respond, or no worker runs.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, PgConnection};

use crate::queue::Queue;

/// A job that failed this often has met more than a hiccup: about four seconds have gone by.
const MIN_FAILURES: i32 = 3;
/// A job that fails and was to be done this long ago has met more than a hiccup, too: calls that hang fail seldom.
const FAILING_AFTER: TimeDelta = TimeDelta::seconds(6);
/// A job that is due for longer than this is not taken by any worker.
const NOT_TAKEN_AFTER: TimeDelta = TimeDelta::seconds(60);

/// A stalled queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stalled {
    /// The queue.
    pub queue: Queue,
    /// When the oldest job that fails, or that nobody takes, was to be done.
    pub since: DateTime<Utc>,
    /// Jobs that would be done by now.
    pub waiting: i64,
    /// Why the last attempt failed; `None` where no worker takes them.
    pub reason: Option<String>,
}

/// Those of `queues` that stall, in their order.
pub async fn stalled(conn: &mut PgConnection, queues: &[Queue], now: DateTime<Utc>) -> Result<Vec<Stalled>, Error> {
    // One that failed and is being tried again is no better off while its call hangs.
    let rows = sqlx::query!(
        r#"SELECT queue AS "queue!",
                  count(*) FILTER (WHERE behind OR failures > 0 OR run_at <= $1) AS "waiting!",
                  min(expires_at - horizon) FILTER (WHERE fails) AS failing_since,
                  min(run_at) FILTER (WHERE failures = 0 AND NOT behind AND run_at <= $1) AS due_since,
                  (array_agg(last_error ORDER BY failures DESC, seq DESC)
                   FILTER (WHERE fails AND last_error IS NOT NULL))[1] AS reason
           FROM (
               SELECT queue, failures, run_at, expires_at, horizon, last_error, seq, behind
               FROM jobs WHERE state = 'waiting' AND NOT behind
               UNION ALL
               SELECT queue, failures, run_at, expires_at, horizon, last_error, seq, behind
               FROM jobs WHERE lane IS NOT NULL AND state IN ('waiting', 'running') AND state = 'waiting' AND behind
               UNION ALL
               SELECT queue, failures, run_at, expires_at, horizon, last_error, seq, behind
               FROM jobs WHERE state = 'running' AND failures > 0
           ) AS unfinished
           CROSS JOIN LATERAL (
               SELECT failures >= $2 OR (failures > 0 AND expires_at - horizon <= $3) AS fails
           ) AS so_far
           GROUP BY queue"#,
        now,
        MIN_FAILURES,
        now - FAILING_AFTER
    )
    .fetch_all(conn)
    .await?;
    let stalled = queues.iter().filter_map(|&queue| {
        let row = rows.iter().find(|row| row.queue == queue.as_str())?;
        let not_taken = row.due_since.filter(|since| now - *since > NOT_TAKEN_AFTER);
        Some(Stalled {
            queue,
            since: row.failing_since.or(not_taken)?,
            waiting: row.waiting,
            reason: row.reason.clone(),
        })
    });
    Ok(stalled.collect())
}
