//! Enqueues jobs in the caller's transaction.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::postgres::types::PgInterval;
use thiserror::Error;
use uuid::Uuid;

use crate::job::{NewJob, Start};

/// Why jobs could not be enqueued. The caller's transaction cannot go on.
#[derive(Debug, Error)]
pub enum EnqueueError {
    /// A payload that is no JSON, such as a map whose keys are not text.
    #[error("the payload of {kind} cannot be stored: {reason}")]
    Payload {
        /// The kind of job.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database failed.
    #[error("jobs could not be enqueued: {0}")]
    Database(#[from] sqlx::Error),
}

/// Enqueues `jobs` in the transaction of `conn`: they exist when it commits, and never if it does not.
///
/// All jobs of a change belong into one call: it is one statement, and takes its locks in one order.
pub async fn enqueue(conn: &mut PgConnection, jobs: Vec<NewJob>) -> Result<(), EnqueueError> {
    insert(conn, None, jobs).await
}

/// Like [`enqueue`], where `now` is by a clock that may not be the machine's.
pub async fn enqueue_at(conn: &mut PgConnection, now: DateTime<Utc>, jobs: Vec<NewJob>) -> Result<(), EnqueueError> {
    insert(conn, Some(now), jobs).await
}

/// How long a job that failed waits at least when it is enqueued again, however long its backoff.
const AFTER_FAILURES: Duration = Duration::from_secs(2);

async fn insert(conn: &mut PgConnection, now: Option<DateTime<Utc>>, jobs: Vec<NewJob>) -> Result<(), EnqueueError> {
    let jobs = merge(jobs);
    if jobs.is_empty() {
        return Ok(());
    }
    let columns = Columns::new(jobs)?;
    // `seq` follows the order of the call; locks are taken in the order of lanes and keys, as in
    // `finish`. A job without a delay is due by Postgres' clock too, whatever the caller's says.
    sqlx::query!(
        "WITH job AS MATERIALIZED (
             SELECT given.*, nextval('jobs_seq') AS seq, COALESCE($11, now()) AS created_at
             FROM (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::interval[],
                                        $7::text[], $8::text[], $9::text[], $10::interval[], $12::timestamptz[],
                                        $13::text[], $15::uuid[])
                       WITH ORDINALITY AS g (id, queue, kind, priority, payload, horizon,
                                             lane, coalesce_key, once_key, delay, moment, traceparent, subject, place)
                   ORDER BY place) AS given
         ), taken AS (
             INSERT INTO job_keys (key)
             SELECT once_key FROM job WHERE once_key IS NOT NULL ORDER BY once_key
             ON CONFLICT DO NOTHING
             RETURNING key
         ), due AS (
             SELECT job.*, COALESCE(moment, created_at + delay, LEAST(created_at, now())) AS run_at FROM job
             WHERE once_key IS NULL OR once_key IN (SELECT key FROM taken)
         )
         INSERT INTO jobs (id, seq, queue, kind, priority, payload, lane, coalesce_key, once_key,
                           run_at, created_at, horizon, expires_at, traceparent, subject_incident)
         SELECT id, seq, queue, kind, priority, payload::json, lane, coalesce_key, once_key,
                run_at, created_at, horizon, GREATEST(run_at, created_at) + horizon, traceparent, subject
         FROM due
         ORDER BY queue, lane, coalesce_key
         ON CONFLICT (queue, coalesce_key) WHERE coalesce_key IS NOT NULL AND state = 'waiting' DO UPDATE
             SET payload = excluded.payload,
                 kind = excluded.kind,
                 priority = LEAST(jobs.priority, excluded.priority),
                 -- One that failed backs off still, but whoever asks for it now waits no longer than a moment.
                 run_at = LEAST(jobs.run_at,
                                excluded.run_at + CASE WHEN jobs.failures > 0 THEN $14::interval ELSE '0' END),
                 horizon = excluded.horizon,
                 expires_at = GREATEST(jobs.expires_at, excluded.expires_at),
                 traceparent = excluded.traceparent,
                 subject_incident = excluded.subject_incident",
        &columns.id,
        &columns.queue,
        &columns.kind,
        &columns.priority,
        &columns.payload,
        &columns.horizon,
        &columns.lane as &[Option<String>],
        &columns.coalesce as &[Option<String>],
        &columns.once as &[Option<String>],
        &columns.delay as &[Option<PgInterval>],
        now,
        &columns.moment as &[Option<DateTime<Utc>>],
        &columns.traceparent as &[Option<String>],
        interval(AFTER_FAILURES),
        &columns.subject as &[Option<Uuid>],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One statement cannot touch a row twice: of the jobs with one key the last payload stays, at the first one's place.
fn merge(jobs: Vec<NewJob>) -> Vec<NewJob> {
    let mut merged: Vec<NewJob> = Vec::with_capacity(jobs.len());
    let mut coalesced = HashMap::new();
    let mut once = HashSet::new();
    for job in jobs {
        if let Some(key) = &job.once
            && !once.insert(key.clone())
        {
            continue;
        }
        if let Some(key) = &job.coalesce {
            if let Some(&place) = coalesced.get(&(job.queue, key.clone())) {
                let earlier: &mut NewJob = &mut merged[place];
                let start = if job.start == Start::Now {
                    job.start
                } else {
                    earlier.start
                };
                *earlier = NewJob {
                    lane: earlier.lane.clone(),
                    start,
                    once: earlier.once.clone(),
                    ..job
                };
                continue;
            }
            coalesced.insert((job.queue, key.clone()), merged.len());
        }
        merged.push(job);
    }
    merged
}

/// The jobs as columns for `unnest`.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    queue: Vec<String>,
    kind: Vec<String>,
    priority: Vec<i16>,
    payload: Vec<String>,
    horizon: Vec<PgInterval>,
    lane: Vec<Option<String>>,
    coalesce: Vec<Option<String>>,
    once: Vec<Option<String>>,
    delay: Vec<Option<PgInterval>>,
    moment: Vec<Option<DateTime<Utc>>>,
    traceparent: Vec<Option<String>>,
    subject: Vec<Option<Uuid>>,
}

impl Columns {
    fn new(jobs: Vec<NewJob>) -> Result<Self, EnqueueError> {
        let mut columns = Self::default();
        for job in jobs {
            let kind = job.kind;
            columns
                .payload
                .push(job.payload.map_err(|reason| EnqueueError::Payload { kind, reason })?);
            columns.id.push(Uuid::now_v7());
            columns.queue.push(job.queue.to_string());
            columns.kind.push(kind.to_owned());
            columns.priority.push(job.priority.as_i16());
            columns.horizon.push(interval(job.horizon));
            columns.lane.push(job.lane);
            columns.coalesce.push(job.coalesce);
            columns.once.push(job.once);
            let (delay, moment) = match job.start {
                Start::Now => (None, None),
                Start::After(delay) => (Some(interval(delay)), None),
                Start::At(moment) => (None, Some(moment)),
            };
            columns.delay.push(delay);
            columns.moment.push(moment);
            columns.traceparent.push(job.traceparent);
            columns.subject.push(job.subject);
        }
        Ok(columns)
    }
}

/// As Postgres counts: in microseconds.
pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}
