//! A dead process is known by its database connection; a live one that lost it takes its lock again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use queue::{Config, JobContext, Outcome, Registry};
use sqlx::PgPool;
use testing::{Database, Server, wait_for};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::leases::durable;
use crate::process::{Process, prepare, runs};
use crate::support::*;

/// From the death of a process until another one runs its jobs.
const MOST: Duration = Duration::from_secs(3);

/// As long as nothing waits for the end of a lease.
fn long_lease() -> Config {
    Config {
        lease: Duration::from_mins(1),
        ..patient()
    }
}

async fn begun(database: &Database, count: usize) {
    wait_for(&format!("{count} runs to begin"), async || {
        (runs(database).await.len() >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn another_worker_runs_the_jobs_of_a_killed_one_within_seconds() {
    let database = Database::new().await;
    prepare(&database).await;
    let killed = Process::start_in_production(&database);
    enqueue(&database, (0..10).map(|n| Probe::new(format!("hangs {n}"))).collect()).await;
    begun(&database, 10).await;
    let _other = Process::start_in_production(&database);
    wait_for("the other to run", async || {
        (locks(database.pool()).await.len() == 2).then_some(())
    })
    .await;

    killed.signal("KILL");
    let death = Instant::now();
    all_become(database.pool(), "completed").await;
    let took = death.elapsed();
    assert!(took < MOST, "it took {took:?}");
    for row in rows(database.pool()).await {
        assert_eq!((row.attempt, row.lost_runs), (2, 1), "{row:?}");
    }
    let listed: i64 = sqlx::query_scalar("SELECT count(*) FROM job_workers")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(listed, 1);
}

#[tokio::test]
async fn a_worker_that_is_started_again_runs_its_jobs_within_seconds() {
    let database = Database::new().await;
    prepare(&database).await;
    let killed = Process::start_in_production(&database);
    enqueue(&database, vec![Probe::new("hangs")]).await;
    begun(&database, 1).await;
    killed.signal("KILL");
    let death = Instant::now();
    let _again = Process::start_in_production(&database);
    all_become(database.pool(), "completed").await;
    let took = death.elapsed();
    assert!(took < MOST, "it took {took:?}");
}

/// The workers that are listed and have their lock: who, and the process of Postgres that holds it.
async fn locks(pool: &PgPool) -> Vec<(Uuid, i32)> {
    sqlx::query_as(
        "SELECT w.identity, l.pid FROM job_workers w JOIN pg_locks l
             ON l.locktype = 'advisory' AND (l.classid::bigint << 32 | l.objid::bigint) = w.lock_key
                AND l.mode = 'ShareLock' AND l.granted
         ORDER BY w.identity",
    )
    .fetch_all(pool)
    .await
    .unwrap_or_default()
}

/// Ends the connection that shows that this worker lives.
async fn cut(pool: &PgPool, (_, pid): (Uuid, i32)) {
    sqlx::query("SELECT pg_terminate_backend($1, 5000)")
        .bind(pid)
        .execute(pool)
        .await
        .unwrap();
}

/// Waits until a worker that looks for dead ones has looked so often that whoever was without a lock is found.
async fn looked(pool: &PgPool) {
    sqlx::query("INSERT INTO job_workers (identity, lock_key) VALUES (gen_random_uuid(), 1)")
        .execute(pool)
        .await
        .unwrap();
    wait_for("a dead worker to be found", async || {
        let listed: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM job_workers WHERE lock_key = 1)")
            .fetch_one(pool)
            .await
            .unwrap();
        (!listed).then_some(())
    })
    .await;
}

/// Logs each run as begun and, when it does not get to its end, as stopped. Each worker has a gate of its own.
fn gated(worker: &'static str, log: &Log, gate: &Arc<Semaphore>) -> Registry {
    let (log, gate) = (log.clone(), gate.clone());
    probes(move |name, context: JobContext| {
        log.add(format!("{worker} {name} {}", context.attempt()));
        let (log, gate) = (log.clone(), gate.clone());
        async move {
            let stopped = NoteStop(log);
            gate.acquire().await.unwrap().forget();
            std::mem::forget(stopped);
            Outcome::Done
        }
    })
}

/// Logs that a run was stopped.
struct NoteStop(Log);

impl Drop for NoteStop {
    fn drop(&mut self) {
        self.0.add("stopped");
    }
}

#[tokio::test]
async fn a_live_worker_whose_connection_is_cut_keeps_its_jobs() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let one = Worker::start(database.pool(), gated("one", &log, &gate), long_lease()).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    log.reaches(1).await;
    let other = Worker::start(database.pool(), gated("other", &log, &gate), long_lease()).await;
    let before = wait_for("two locks", async || {
        Some(locks(database.pool()).await).filter(|locks| locks.len() == 2)
    })
    .await;
    for lock in &before {
        cut(database.pool(), *lock).await;
    }
    looked(database.pool()).await;
    let after = locks(database.pool()).await;
    assert_eq!(after.len(), 2);
    assert!(before.iter().all(|lock| !after.contains(lock)), "{before:?} {after:?}");
    gate.add_permits(1);
    let row = becomes(database.pool(), "job", "completed").await;
    assert_eq!((row.attempt, row.lost_runs), (1, 0));
    assert_eq!(log.all(), ["one job 1"]);
    one.stop().await;
    other.stop().await;
    let listed: i64 = sqlx::query_scalar("SELECT count(*) FROM job_workers")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(listed, 0);
}

async fn allow_connections(pool: &PgPool, allowed: bool) {
    sqlx::query("UPDATE pg_database SET datallowconn = $1 WHERE datname = current_database()")
        .bind(allowed)
        .execute(pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_live_worker_that_was_taken_for_dead_stops_what_it_lost() {
    let database = Database::new().await;
    let log = Log::default();
    let gates = [Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0))];
    let one = Worker::start(database.pool(), gated("one", &log, &gates[0]), long_lease()).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    log.reaches(1).await;
    let lost = wait_for("its lock", async || locks(database.pool()).await.first().copied()).await;
    let other = Worker::start(database.pool(), gated("other", &log, &gates[1]), long_lease()).await;
    // It has all the connections that it needs.
    looked(database.pool()).await;
    allow_connections(database.pool(), false).await;
    cut(database.pool(), lost).await;
    log.has("other job 2").await;

    allow_connections(database.pool(), true).await;
    log.has("stopped").await;
    gates[0].add_permits(1);
    gates[1].add_permits(1);
    let row = becomes(database.pool(), "job", "completed").await;
    assert_eq!((row.attempt, row.lost_runs), (2, 1));
    assert_eq!(log.all(), ["one job 1", "other job 2", "stopped"]);
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn nobody_counts_as_dead_after_a_restart_of_the_database() {
    let server = Server::start("liveness");
    let database = Database::on(&server).await;
    durable(&database).await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    // Nothing but the grace after a restart keeps one from giving the other's jobs away.
    let config = || Config {
        dead_after: Duration::ZERO,
        dead_check: Duration::from_millis(1),
        ..long_lease()
    };
    let one = Worker::start(database.pool(), gated("one", &log, &gate), config()).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    log.reaches(1).await;
    let other = Worker::start(database.pool(), gated("other", &log, &gate), config()).await;
    // Any commit brings the fetch to disk.
    enqueue(&database, vec![Probe::new("later").after(HOUR)]).await;
    server.stop();
    server.start_again();
    wait_for("both locks", async || {
        (locks(database.pool()).await.len() == 2).then_some(())
    })
    .await;
    gate.add_permits(1);
    let row = becomes(database.pool(), "job", "completed").await;
    assert_eq!((row.attempt, row.lost_runs), (1, 0));
    assert_eq!(log.all(), ["one job 1"]);
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn workers_of_an_earlier_release_go_by_their_lease() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    enqueue(&database, vec![Probe::new("job")]).await;
    sqlx::query(
        "UPDATE jobs SET state = 'running', attempt = 1, run_no = 1, locked_by = gen_random_uuid(),
                         lease_expires_at = now() + interval '1 minute'",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let worker = Worker::start(database.pool(), gated("one", &log, &gate), long_lease()).await;
    looked(database.pool()).await;
    assert_eq!(
        states(database.pool()).await,
        [("job".to_owned(), "running".to_owned())]
    );
    worker.stop().await;
}
