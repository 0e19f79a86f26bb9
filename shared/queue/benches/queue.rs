//! How fast the queue is: from a commit to the start of its job, and jobs per second beside a bare loop.
//!
//! `make bench` runs it against a Postgres that keeps what it is given (`fsync` on). It fails when a limit is missed.

#![allow(missing_docs, reason = "nobody calls a benchmark")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it cannot go on"
)]
#![allow(clippy::cast_precision_loss, reason = "rates")]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use queue::{Config, Handler, Job, JobContext, NewJob, Outcome, Priority, Queue, Registry};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection, PgPool};
use testing::{Database, wait_for};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const SLACK: Queue = Queue::new("slack");
const PAGERDUTY: Queue = Queue::new("pagerduty");
const CONFLUENCE: Queue = Queue::new("confluence");
const ALL: [Queue; 3] = [SLACK, PAGERDUTY, CONFLUENCE];
const MINUTE: Duration = Duration::from_mins(1);

macro_rules! timed {
    ($job:ident, $kind:literal, $queue:ident, $priority:literal) => {
        #[derive(Serialize, Deserialize)]
        struct $job {
            number: usize,
        }

        impl Job for $job {
            const KIND: &'static str = $kind;
            const QUEUE: Queue = $queue;
            const PRIORITY: Priority = Priority::new($priority);
            const HORIZON: Duration = Duration::from_hours(1);
        }

        #[async_trait]
        impl Handler<$job> for Starts {
            async fn run(&self, job: $job, _: &JobContext) -> Outcome {
                let _ = self.0.send((job.number, Instant::now()));
                Outcome::Done
            }
        }
    };
}

timed!(Timed, "bench.slack", SLACK, 1);
timed!(TimedPage, "bench.page", PAGERDUTY, 0);
timed!(TimedDocument, "bench.document", CONFLUENCE, 2);

/// Passes on which job started when.
#[derive(Clone)]
struct Starts(mpsc::UnboundedSender<(usize, Instant)>);

#[derive(Serialize, Deserialize)]
struct Nothing {}

impl Job for Nothing {
    const KIND: &'static str = "bench.nothing";
    const QUEUE: Queue = SLACK;
    const PRIORITY: Priority = Priority::new(2);
    const HORIZON: Duration = Duration::from_hours(1);
}

/// Counts.
struct Counter(Arc<AtomicUsize>);

#[async_trait]
impl Handler<Nothing> for Counter {
    async fn run(&self, _: Nothing, _: &JobContext) -> Outcome {
        self.0.fetch_add(1, Ordering::Relaxed);
        Outcome::Done
    }
}

struct Engine {
    shutdown: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl Engine {
    async fn start(pool: &PgPool, registry: Registry, config: Config) -> Self {
        let (shutdown, health) = (CancellationToken::new(), config.health.clone());
        let (pool, stop) = (pool.clone(), shutdown.clone());
        let running = tokio::spawn(async move { queue::run(pool, registry, config, stop).await.unwrap() });
        wait_for("the engine", async || health.is_polling(MINUTE).then_some(())).await;
        Self { shutdown, running }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap();
    }
}

/// The time from the commit of each job to its start, sorted. One job is committed every few milliseconds.
async fn commit_to_start(jobs: usize, gap: Duration, make: impl Fn(usize) -> NewJob) -> Vec<Duration> {
    let database = Database::new().await;
    let (starts, mut started) = mpsc::unbounded_channel();
    let starts = Starts(starts);
    let registry = Registry::new()
        .handle::<Timed>(starts.clone())
        .handle::<TimedPage>(starts.clone())
        .handle::<TimedDocument>(starts);
    let engine = Engine::start(database.pool(), registry, Config::new(&ALL)).await;
    let mut conn = database.connect().await;
    let mut committed = Vec::with_capacity(jobs);
    for number in 0..jobs {
        let mut tx = conn.begin().await.unwrap();
        queue::enqueue(&mut tx, vec![make(number)]).await.unwrap();
        tx.commit().await.unwrap();
        // What the caller sees: the wake-up may be faster than the answer to the commit.
        committed.push(Instant::now());
        tokio::time::sleep(gap).await;
    }
    let mut delays = Vec::with_capacity(jobs);
    while delays.len() < jobs {
        let (number, at) = started.recv().await.unwrap();
        delays.push(at.saturating_duration_since(committed[number]));
    }
    engine.stop().await;
    delays.sort();
    delays
}

/// As in the middle of a storm: several queues, and long lanes that stand still.
async fn commit_to_start_among_lanes(jobs: usize, gap: Duration) -> Vec<Duration> {
    commit_to_start(jobs, gap, |number| {
        let lane = format!("incident {}/panel", number % 100);
        match number % 4 {
            0 => NewJob::new(&TimedPage { number }),
            1 => NewJob::new(&TimedDocument { number }).lane(lane),
            2 => NewJob::new(&Timed { number }).lane(lane),
            _ => NewJob::new(&Timed { number }).coalesce(format!("panel {number}")),
        }
    })
    .await
}

async fn fill(pool: &PgPool, jobs: usize, lane: impl Fn(usize) -> Option<String>) {
    let mut tx = pool.begin().await.unwrap();
    for first in (0..jobs).step_by(5000) {
        let batch = (first..(first + 5000).min(jobs)).map(|number| {
            let job = NewJob::new(&Nothing {});
            match lane(number) {
                Some(lane) => job.lane(lane),
                None => job,
            }
        });
        queue::enqueue(&mut tx, batch.collect()).await.unwrap();
    }
    tx.commit().await.unwrap();
    sqlx::query("ANALYZE jobs").execute(pool).await.unwrap();
}

/// Jobs per second that do nothing.
async fn throughput(jobs: usize, slots: usize, lane: impl Fn(usize) -> Option<String>) -> f64 {
    let database = Database::new().await;
    fill(database.pool(), jobs, lane).await;
    let counter = Arc::new(AtomicUsize::new(0));
    let registry = Registry::new().handle::<Nothing>(Counter(counter.clone()));
    let begun = Instant::now();
    let config = Config {
        queues: vec![SLACK],
        slots,
        ..Config::new(&ALL)
    };
    let engine = Engine::start(database.pool(), registry, config).await;
    while counter.load(Ordering::Relaxed) < jobs {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // Until the last answer is written.
    engine.stop().await;
    let took = begun.elapsed();
    let open: i64 =
        sqlx::query_scalar("SELECT count(*) FROM jobs WHERE kind = 'bench.nothing' AND state <> 'completed'")
            .fetch_one(database.pool())
            .await
            .unwrap();
    assert_eq!(open, 0);
    jobs as f64 / took.as_secs_f64()
}

/// What Postgres gives to a loop that fetches a batch with `SKIP LOCKED`, does nothing and writes that down: the same
/// table with the same indexes, but no lanes, no priorities, no leases to renew, and one statement after the other.
async fn bare(jobs: usize) -> f64 {
    let database = Database::new().await;
    fill(database.pool(), jobs, |_| None).await;
    let mut conn: PgConnection = database.connect().await;
    let begun = Instant::now();
    let mut done = 0;
    while done < jobs {
        let ids: Vec<uuid::Uuid> = sqlx::query_scalar(
            "UPDATE jobs SET state = 'running', run_no = run_no + 1, attempt = attempt + 1, locked_by = gen_random_uuid(),
                             lease_expires_at = now() + interval '15 s'
             WHERE id IN (SELECT id FROM jobs
                          WHERE queue = 'slack' AND state = 'waiting' AND NOT behind AND run_at <= now()
                          ORDER BY priority, run_at, seq LIMIT 50 FOR UPDATE SKIP LOCKED)
             RETURNING id",
        )
        .fetch_all(&mut conn)
        .await
        .unwrap();
        sqlx::query(
            "UPDATE jobs SET state = 'completed', finished_at = now(), locked_by = NULL, lease_expires_at = NULL
             WHERE id = ANY($1)",
        )
        .bind(&ids)
        .execute(&mut conn)
        .await
        .unwrap();
        done += ids.len();
    }
    jobs as f64 / begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a line, and tells whether its limit is kept.
fn within(kept: bool, line: &str) -> bool {
    println!("{} {line}", if kept { "ok  " } else { "MISS" });
    kept
}

fn delays_within(what: &str, delays: &[Duration]) -> bool {
    let ms = |part: usize| delays[(delays.len() - 1) * part / 1000].as_secs_f64() * 1000.0;
    let (p50, p99) = (ms(500), ms(990));
    within(
        p50 <= 3.0 && p99 <= 20.0,
        &format!(
            "commit → start, {what}: p50 {p50:.2} ms (≤ 3), p99 {p99:.2} ms (≤ 20), longest {:.2} ms",
            ms(1000)
        ),
    )
}

/// How many jobs a throughput is measured with.
const JOBS: usize = 20_000;

#[tokio::main]
async fn main() -> ExitCode {
    // `cargo test --benches` only wants to know that it can be built.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut kept = true;
    let delays = commit_to_start(2000, Duration::from_millis(3), |number| NewJob::new(&Timed { number })).await;
    kept &= delays_within("one queue", &delays);
    let delays = commit_to_start_among_lanes(2000, Duration::from_millis(3)).await;
    kept &= delays_within("three queues, lanes, keys", &delays);

    let (mut engine, mut bare_loop) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        bare_loop.push(bare(JOBS).await);
        engine.push(throughput(JOBS, 50, |_| None).await);
    }
    let (engine, bare_loop) = (median(engine), median(bare_loop));
    let share = 100.0 * engine / bare_loop;
    kept &= within(
        share >= 50.0,
        &format!("50 slots: {engine:.0} jobs/s, {share:.0} % (≥ 50) of a bare loop's {bare_loop:.0}"),
    );
    let few = throughput(JOBS, 10, |_| None).await;
    println!("     10 slots: {few:.0} jobs/s");
    let many_lanes = throughput(JOBS, 50, |number| Some(format!("lane {}", number % 5000))).await;
    println!("     50 slots, 5,000 lanes of 4: {many_lanes:.0} jobs/s");
    let long_lanes = throughput(JOBS, 50, |number| Some(format!("lane {}", number % 10))).await;
    println!("     50 slots, 10 lanes of 2,000: {long_lanes:.0} jobs/s");
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
