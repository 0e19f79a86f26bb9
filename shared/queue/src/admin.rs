//! Reads the queues, and retries discarded jobs: for the console, for metrics and for tests.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use crate::queue::Queue;

/// The depth of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The queue.
    pub queue: Queue,
    /// Jobs that are due.
    pub due: i64,
    /// Jobs that wait for a time: their start, a retry.
    pub later: i64,
    /// Jobs that run.
    pub running: i64,
    /// Since when the oldest due job is due.
    pub oldest_due_at: Option<DateTime<Utc>>,
}

/// The depth of each of `queues`.
pub async fn depths(conn: &mut PgConnection, queues: &[Queue]) -> Result<Vec<Depth>, Error> {
    depths_at(conn, queues, Utc::now()).await
}

/// Like [`depths`], where `now` is by a clock that may not be the machine's.
pub async fn depths_at(conn: &mut PgConnection, queues: &[Queue], now: DateTime<Utc>) -> Result<Vec<Depth>, Error> {
    let rows = sqlx::query!(
        r#"SELECT queue AS "queue!",
                  count(*) FILTER (WHERE state = 'waiting' AND run_at <= $1) AS "due!",
                  count(*) FILTER (WHERE state = 'waiting' AND run_at > $1) AS "later!",
                  count(*) FILTER (WHERE state = 'running') AS "running!",
                  min(run_at) FILTER (WHERE state = 'waiting' AND run_at <= $1) AS oldest
           FROM (
               SELECT queue, state, run_at FROM jobs WHERE state = 'waiting' AND NOT behind
               UNION ALL
               SELECT queue, state, run_at FROM jobs
               WHERE lane IS NOT NULL AND state IN ('waiting', 'running') AND state = 'waiting' AND behind
               UNION ALL
               SELECT queue, state, run_at FROM jobs WHERE state = 'running'
           ) AS unfinished
           GROUP BY queue"#,
        now
    )
    .fetch_all(conn)
    .await?;
    let depth = |&queue: &Queue| {
        let row = rows.iter().find(|row| row.queue == queue.as_str());
        Depth {
            queue,
            due: row.map_or(0, |row| row.due),
            later: row.map_or(0, |row| row.later),
            running: row.map_or(0, |row| row.running),
            oldest_due_at: row.and_then(|row| row.oldest),
        }
    };
    Ok(queues.iter().map(depth).collect())
}

/// A job that was discarded.
#[derive(Clone, Debug, PartialEq)]
pub struct Discarded {
    /// The job.
    pub id: Uuid,
    /// Its queue, by name.
    pub queue: String,
    /// Its kind.
    pub kind: String,
    /// The incident that it is about.
    pub subject: Option<Uuid>,
    /// How often it ran.
    pub attempts: i32,
    /// Why it was discarded.
    pub reason: String,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When it was discarded.
    pub discarded_at: DateTime<Utc>,
}

/// Where a page of [`discarded`] jobs ended: the `discarded_at` and `id` of its last one.
pub type DiscardedBefore = (DateTime<Utc>, Uuid);

/// The jobs that were discarded, the newest first: those `before` the end of an earlier page.
pub async fn discarded(
    conn: &mut PgConnection,
    before: Option<DiscardedBefore>,
    limit: i64,
) -> Result<Vec<Discarded>, Error> {
    let (at, id) = before.unzip();
    sqlx::query_as!(
        Discarded,
        r#"SELECT id, queue, kind, subject_incident AS subject, attempt AS attempts, COALESCE(last_error, '') AS "reason!", created_at,
                  finished_at AS "discarded_at!"
           FROM jobs
           WHERE state = 'discarded'
             AND (finished_at, id) < (COALESCE($1::timestamptz, 'infinity'),
                                   COALESCE($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
           ORDER BY finished_at DESC, id DESC
           LIMIT $3"#,
        at,
        id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The discarded job with this id.
pub async fn discarded_one(conn: &mut PgConnection, id: Uuid) -> Result<Option<Discarded>, Error> {
    sqlx::query_as!(
        Discarded,
        r#"SELECT id, queue, kind, subject_incident AS subject, attempt AS attempts, COALESCE(last_error, '') AS "reason!", created_at,
                  finished_at AS "discarded_at!"
           FROM jobs WHERE id = $1 AND state = 'discarded'"#,
        id
    )
    .fetch_optional(conn)
    .await
}

/// Which of these jobs are discarded.
pub async fn discarded_among(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>, Error> {
    sqlx::query_scalar!("SELECT id FROM jobs WHERE id = ANY ($1) AND state = 'discarded'", ids)
        .fetch_all(conn)
        .await
}

/// The result of retrying a discarded job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It waits for a worker, with a new horizon, as the last one of its lane.
    Waiting,
    /// A newer job with its key waits already and has the same effect.
    Superseded,
    /// It is not among the discarded ones.
    NotDiscarded,
}

/// Retries a discarded job, from `now` on. Part of the caller's transaction.
pub async fn retry(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<Retried, Error> {
    let retried = sqlx::query!(
        r#"UPDATE jobs j
           SET state = next.state,
               finished_at = CASE WHEN next.state = 'superseded' THEN $2::timestamptz END,
               seq = nextval('jobs_seq'),
               behind = false,
               run_at = LEAST($2::timestamptz, now()),
               expires_at = $2::timestamptz + horizon,
               failures = 0,
               lost_runs = 0
           FROM (
               SELECT id, CASE WHEN d.coalesce_key IS NOT NULL
                                    AND EXISTS (SELECT 1 FROM jobs w
                                                WHERE w.queue = d.queue AND w.coalesce_key = d.coalesce_key
                                                  AND w.state = 'waiting')
                               THEN 'superseded' ELSE 'waiting' END AS state
               FROM jobs d WHERE id = $1 AND state = 'discarded' FOR UPDATE
           ) AS next
           WHERE j.id = next.id AND j.state = 'discarded'
           RETURNING j.state, j.queue"#,
        id,
        now
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(retried) = retried else {
        return Ok(Retried::NotDiscarded);
    };
    if retried.state == "superseded" {
        return Ok(Retried::Superseded);
    }
    sqlx::query!("SELECT pg_notify('incident_bot_jobs', $1)", retried.queue)
        .execute(conn)
        .await?;
    Ok(Retried::Waiting)
}

/// The next tick of a periodic job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upcoming {
    /// The name it is registered by.
    pub name: String,
    /// Its queue, by name.
    pub queue: String,
    /// The interval.
    pub every: Duration,
    /// The last tick that was enqueued.
    pub last: DateTime<Utc>,
    /// The next one.
    pub next: DateTime<Utc>,
}

/// The next ticks of all periodic jobs, the soonest first.
pub async fn upcoming(conn: &mut PgConnection) -> Result<Vec<Upcoming>, Error> {
    let rows = sqlx::query!(
        r#"SELECT name, queue, last_tick, last_tick + every AS "next!", every FROM job_ticks ORDER BY last_tick + every, name"#
    )
    .fetch_all(conn)
    .await?;
    let upcoming = rows.into_iter().map(|row| Upcoming {
        name: row.name,
        queue: row.queue,
        every: Duration::from_micros(row.every.microseconds.unsigned_abs()),
        last: row.last_tick,
        next: row.next,
    });
    Ok(upcoming.collect())
}

/// Something scheduled: a waiting job that people can see, or a periodic one.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduled {
    /// The id for [`cancel`]; a periodic one cannot be cancelled.
    pub id: Option<Uuid>,
    /// The kind of the job, or the name of the periodic one.
    pub what: String,
    /// The incident that it is about; none for a periodic one.
    pub subject: Option<Uuid>,
    /// When it runs.
    pub at: DateTime<Utc>,
    /// The interval, if it is periodic.
    pub every: Option<Duration>,
}

/// The kinds of jobs that people can see while they wait; all are of one queue.
#[derive(Clone, Copy, Debug)]
pub struct Plans {
    /// The queue.
    pub queue: Queue,
    /// Their kinds.
    pub kinds: &'static [&'static str],
}

impl Plans {
    fn kinds(self) -> Vec<String> {
        self.kinds.iter().map(|kind| (*kind).to_owned()).collect()
    }
}

/// The most that are listed: more than people read.
const MOST_PLANS: i64 = 500;
/// A periodic job that is late by this and by a whole interval is no longer proposed: it was removed or disabled.
const MISSED: TimeDelta = TimeDelta::minutes(10);

/// Everything scheduled from `now` on, the soonest first: `plans` and periodic jobs.
pub async fn scheduled(conn: &mut PgConnection, plans: Plans, now: DateTime<Utc>) -> Result<Vec<Scheduled>, Error> {
    let rows = sqlx::query!(
        "SELECT id, kind, subject_incident, run_at FROM jobs
         WHERE state = 'waiting' AND NOT behind AND queue = $4 AND kind = ANY ($1) AND run_at > $2
         ORDER BY run_at, id LIMIT $3",
        &plans.kinds(),
        now,
        MOST_PLANS,
        plans.queue.as_str(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let plans = rows.into_iter().map(|row| Scheduled {
        id: Some(row.id),
        what: row.kind,
        subject: row.subject_incident,
        at: row.run_at,
        every: None,
    });
    let proposed = upcoming(conn).await?.into_iter().filter(|upcoming| {
        let turn = TimeDelta::from_std(upcoming.every).unwrap_or(MISSED);
        upcoming.next + turn.max(MISSED) > now
    });
    let periodic = proposed.map(|upcoming| Scheduled {
        id: None,
        what: upcoming.name,
        subject: None,
        at: upcoming.next,
        every: Some(upcoming.every),
    });
    let mut scheduled: Vec<_> = plans.chain(periodic).collect();
    scheduled.sort_by_key(|scheduled| scheduled.at);
    Ok(scheduled)
}

/// The scheduled job with this id, while it waits.
pub async fn scheduled_one(conn: &mut PgConnection, plans: Plans, id: Uuid) -> Result<Option<Scheduled>, Error> {
    let row = sqlx::query!(
        "SELECT id, kind, subject_incident, run_at FROM jobs WHERE id = $1 AND state = 'waiting' AND kind = ANY ($2)",
        id,
        &plans.kinds()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Scheduled {
        id: Some(row.id),
        what: row.kind,
        subject: row.subject_incident,
        at: row.run_at,
        every: None,
    }))
}

/// Cancels a scheduled job while it waits, in the caller's transaction, and returns it.
pub async fn cancel(conn: &mut PgConnection, plans: Plans, id: Uuid) -> Result<Option<Scheduled>, Error> {
    // It ends as superseded: its row stays for a while, and its lane continues.
    let row = sqlx::query!(
        "UPDATE jobs SET state = 'superseded', finished_at = now(), last_error = 'cancelled'
         WHERE id = $1 AND state = 'waiting' AND kind = ANY ($2)
         RETURNING id, kind, subject_incident, run_at",
        id,
        &plans.kinds()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Scheduled {
        id: Some(row.id),
        what: row.kind,
        subject: row.subject_incident,
        at: row.run_at,
        every: None,
    }))
}

/// A job that is neither completed nor discarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The job.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// `waiting` or `running`.
    pub state: String,
    /// How often it was started.
    pub attempts: i32,
    /// Not before this.
    pub run_at: DateTime<Utc>,
    /// The reason of its last failure.
    pub last_error: Option<String>,
}

/// All jobs that are neither completed nor discarded, in the order in which they were enqueued.
pub async fn unfinished(conn: &mut PgConnection) -> Result<Vec<Unfinished>, Error> {
    sqlx::query_as!(
        Unfinished,
        "SELECT id, kind, state, attempt AS attempts, run_at, last_error FROM jobs
         WHERE state IN ('waiting', 'running') ORDER BY seq"
    )
    .fetch_all(conn)
    .await
}

/// Whether no job runs or is due.
pub async fn idle(conn: &mut PgConnection) -> Result<bool, Error> {
    idle_at(conn, Utc::now()).await
}

/// Like [`idle`], where `now` is by a clock that may not be the machine's.
pub async fn idle_at(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT NOT EXISTS (SELECT 1 FROM jobs
                              WHERE state = 'running' OR (state = 'waiting' AND run_at <= GREATEST($1, now()))) AS "idle!""#,
        now
    )
    .fetch_one(conn)
    .await
}
