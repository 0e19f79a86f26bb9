//! Fetches the jobs that may run next.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::link::is_unique_violation;
use super::run::{Row, Run};
use super::{Engine, housekeeping, lease};
use crate::context::RunKey;
use crate::enqueue::interval;
use crate::queue::{Priority, Queue};

/// After an error.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Fetches the jobs of one queue into the slots that are free.
pub(super) async fn run(
    engine: Arc<Engine>,
    queue: Queue,
    runs: mpsc::UnboundedSender<Arc<Run>>,
    shutdown: CancellationToken,
) {
    let Some(wake) = engine.wakes.get(&queue) else { return };
    let kinds = kinds(&engine, queue);
    let room = Room::new(engine.config.slots);
    let mut failing = false;
    while !shutdown.is_cancelled() {
        let Some(mut free) = room.take() else {
            if room.is_at_work() {
                // As good as polling.
                engine.config.health.polled(queue);
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = room.opens() => {}
                () = sleep(engine.config.poll) => {}
            }
            continue;
        };
        let wanted = free.slots.num_permits();
        // Not cancelled by a shutdown: rows of an unread response would wait for the end of their lease.
        match fetch(&engine, queue, &kinds, wanted).await {
            Ok(fetched) => {
                engine.config.health.polled(queue);
                if std::mem::take(&mut failing) {
                    info!(%queue, "jobs are fetched again");
                }
                let full = fetched.rows.len() + fetched.put_behind >= wanted;
                for row in fetched.rows {
                    if let (Some(slot), Some(place)) = (free.slots.split(1), free.places.split(1)) {
                        let run = Arc::new(Run::new(engine.clone(), row, fetched.deadline, slot, place));
                        // Where nobody takes it, it is dropped and so given back.
                        if !shutdown.is_cancelled() {
                            let _ = runs.send(run);
                        }
                    }
                }
                drop(free);
                if full {
                    room.opens_wide().await;
                    continue;
                }
            }
            // Two processes wanted the same lane: the next fetch sees which one got it.
            Err(error) if is_unique_violation(&error) => continue,
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    warn!(%queue, %error, "jobs cannot be fetched; this is tried until it works");
                }
                drop(free);
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = sleep(jittered(engine.config.poll.min(LONGEST_PAUSE) / 4)) => {}
                }
                continue;
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = wake.wait(jittered(engine.config.poll)) => {}
        }
    }
}

/// A quarter more or less by chance, so that processes do not go in step.
pub(super) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(rand::random_range(0.75..=1.25))
}

/// Only what this build has a handler for, so that old and new replicas run side by side.
fn kinds(engine: &Engine, queue: Queue) -> Vec<String> {
    engine
        .handlers
        .iter()
        .filter(|(kind, (of, _))| *of == queue || **kind == housekeeping::KIND)
        .map(|(kind, _)| (*kind).to_owned())
        .collect()
}

/// How many jobs may run. A slot is taken until the handler has ended, a place until the outcome is written. There are twice
/// as many places, so that outcomes are written while new jobs are fetched.
struct Room {
    slots: Arc<Semaphore>,
    places: Arc<Semaphore>,
    half: u32,
}

struct Free {
    slots: OwnedSemaphorePermit,
    places: OwnedSemaphorePermit,
}

impl Room {
    fn new(slots: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            places: Arc::new(Semaphore::new(2 * slots)),
            half: u32::try_from(slots / 2).unwrap_or(u32::MAX),
        }
    }

    /// Whether all slots are taken.
    fn is_at_work(&self) -> bool {
        self.slots.available_permits() == 0
    }

    /// All that is free, for the one who fetches.
    fn take(&self) -> Option<Free> {
        let free = self.slots.available_permits().min(self.places.available_permits());
        let free = u32::try_from(free).ok().filter(|free| *free > 0)?;
        Some(Free {
            slots: self.slots.clone().try_acquire_many_owned(free).ok()?,
            places: self.places.clone().try_acquire_many_owned(free).ok()?,
        })
    }

    /// Waits a moment until half of the slots are free: while more jobs wait than fit, they are fetched by the dozen.
    async fn opens_wide(&self) {
        const A_MOMENT: Duration = Duration::from_millis(2);
        let _ = timeout(A_MOMENT, self.slots.acquire_many(self.half)).await;
    }

    /// Waits until there may be something free.
    async fn opens(&self) {
        let _ = self.slots.acquire().await;
        let _ = self.places.acquire().await;
    }
}

struct Fetched {
    rows: Vec<Row>,
    /// Jobs that wait for others of their lane; they are not fetched before it is their turn.
    put_behind: usize,
    /// When the leases end, at the earliest.
    deadline: Instant,
}

async fn fetch(engine: &Engine, queue: Queue, kinds: &[String], limit: usize) -> Result<Fetched, Error> {
    let mut link = engine.fetching.lock().await;
    let deadline = lease::deadline(engine);
    let patience = link.patience();
    // A fetch does not wait until it is on disk: whatever a handler writes brings it there, and what nobody wrote after it
    // may be fetched again when Postgres crashes. So that the number of a run is not given out again then, it is taken
    // from the clock.
    //
    // One scan per priority, so that jobs which are not due yet are never read. A job of a lane is taken when no
    // unfinished one of its lane has a smaller `seq` and none runs; else it is put behind the one ahead of it, and that
    // one is locked meanwhile, so that it cannot end unseen (see `jobs_advance_lane`).
    let query = sqlx::query!(
        r#"WITH candidate AS MATERIALIZED (
               SELECT due.id, due.lane, due.seq
               FROM unnest($3::smallint[]) AS p (priority)
               CROSS JOIN LATERAL (
                   SELECT id, lane, seq FROM jobs
                   WHERE queue = $1 AND state = 'waiting' AND NOT behind AND priority = p.priority
                     AND run_at <= GREATEST($4::timestamptz, now()) AND kind = ANY($2)
                   ORDER BY run_at, seq
                   LIMIT $5
                   FOR UPDATE SKIP LOCKED
               ) AS due
               LIMIT $5
           ), placed AS MATERIALIZED (
               SELECT c.id, c.seq, COALESCE(earlier.id, running.id) AS ahead
               FROM candidate c
               LEFT JOIN LATERAL (
                   SELECT o.id FROM jobs o
                   WHERE o.lane = c.lane AND o.state IN ('waiting', 'running') AND o.seq < c.seq
                   ORDER BY o.seq DESC LIMIT 1
               ) AS earlier ON c.lane IS NOT NULL
               LEFT JOIN LATERAL (
                   SELECT o.id FROM jobs o WHERE o.lane = c.lane AND o.state = 'running'
               ) AS running ON c.lane IS NOT NULL
           ), held AS MATERIALIZED (
               SELECT id, seq, state FROM jobs
               WHERE id IN (SELECT ahead FROM placed) AND state IN ('waiting', 'running')
               FOR SHARE SKIP LOCKED
           ), decided AS MATERIALIZED (
               -- All of it before the first update: a row that this statement has updated cannot be locked any more.
               SELECT array_agg(p.id) AS ids, array_agg(p.ahead) AS aheads
               FROM placed p LEFT JOIN held h ON h.id = p.ahead
               WHERE p.ahead IS NULL OR h.seq < p.seq OR h.state = 'running'
           )
           UPDATE jobs j
           SET state = CASE WHEN p.ahead IS NULL THEN 'running' ELSE j.state END,
               behind = p.ahead IS NOT NULL,
               run_no = CASE WHEN p.ahead IS NULL
                             THEN GREATEST(j.run_no + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
                             ELSE j.run_no END,
               attempt = CASE WHEN p.ahead IS NULL THEN j.attempt + 1 ELSE j.attempt END,
               locked_by = CASE WHEN p.ahead IS NULL THEN $6::uuid END,
               lease_expires_at = CASE WHEN p.ahead IS NULL THEN clock_timestamp() + $7::interval END
           FROM decided, unnest(decided.ids, decided.aheads) AS p (id, ahead)
           WHERE j.id = p.id
           RETURNING j.id, j.run_no, j.behind, j.kind, j.payload::text AS "payload!", j.lane IS NOT NULL AS "laned!",
                     j.priority, j.seq, j.attempt, j.failures, j.lost_runs, j.run_at, j.created_at, j.expires_at,
                     j.traceparent, j.subject_incident"#,
        queue.as_str(),
        kinds,
        &(0..Priority::LEVELS).collect::<Vec<_>>(),
        engine.now(),
        i64::try_from(limit).unwrap_or(i64::MAX),
        engine.identity,
        interval(engine.config.lease),
    );
    let answer = timeout(patience, async { query.fetch_all(link.get().await?).await }).await;
    let mut found = link.settle(answer)?;
    drop(link);

    let touched = found.len();
    found.retain(|job| !job.behind);
    found.sort_unstable_by_key(|job| (job.priority, job.run_at, job.seq));
    let count = |n: i32| u32::try_from(n).unwrap_or_default();
    let rows: Vec<Row> = found
        .into_iter()
        .map(|job| Row {
            key: RunKey {
                id: job.id,
                run_no: job.run_no,
            },
            queue,
            kind: job.kind,
            subject: job.subject_incident,
            payload: job.payload,
            laned: job.laned,
            attempt: count(job.attempt),
            failures: count(job.failures),
            crashes: count(job.lost_runs),
            run_at: job.run_at,
            created_at: job.created_at,
            gives_up_at: job.expires_at,
            traceparent: job.traceparent,
        })
        .collect();
    Ok(Fetched {
        put_behind: touched - rows.len(),
        rows,
        deadline,
    })
}
