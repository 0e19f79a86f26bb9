//! At least once: leases are taken over, and who lost one cannot answer any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use queue::{Config, JobContext, NewJob, Outcome, Stale};
use testing::{Database, Server, wait_for};
use tokio::sync::Semaphore;

use crate::process::{Process, go, prepare, runs};
use crate::support::*;

#[tokio::test]
async fn jobs_of_a_killed_process_run_once_more() {
    let database = Database::new().await;
    prepare(&database).await;
    let killed = Process::start(&database);
    enqueue(&database, (0..10).map(|n| Probe::new(format!("hangs {n}"))).collect()).await;
    wait_for("ten jobs to run", async || {
        (runs(&database).await.len() == 10).then_some(())
    })
    .await;
    killed.signal("KILL");
    killed.ended().await;

    let next = Process::start(&database);
    all_become(database.pool(), "completed").await;
    for row in rows(database.pool()).await {
        assert_eq!((row.attempt, row.lost_runs), (2, 1), "{row:?}");
        // With leases this short either comes first.
        let reason = row.last_error.unwrap();
        assert!(reason.starts_with("the run was lost: its "), "{reason}");
    }
    let by_next = runs(&database)
        .await
        .into_iter()
        .filter(|(_, process)| *process == next.id())
        .count();
    assert_eq!((runs(&database).await.len(), by_next), (20, 10));
}

#[tokio::test]
async fn two_processes_share_the_work_and_do_nothing_twice() {
    let database = Database::new().await;
    prepare(&database).await;
    let processes = [Process::start(&database), Process::start(&database)];
    // Both are up when each of them has begun something.
    let mut count = 0;
    wait_for("both to take part", async || {
        enqueue(
            &database,
            (0..20).map(|n| Probe::new(format!("{}", count + n))).collect(),
        )
        .await;
        count += 20;
        let took_part: BTreeSet<_> = runs(&database).await.into_iter().map(|(_, process)| process).collect();
        (took_part.len() == processes.len()).then_some(())
    })
    .await;
    enqueue(
        &database,
        (0..300).map(|n| Probe::new(format!("{}", count + n))).collect(),
    )
    .await;
    count += 300;
    all_become(database.pool(), "completed").await;
    let runs = runs(&database).await;
    let names: BTreeSet<_> = runs.iter().map(|(name, _)| name).collect();
    assert_eq!((runs.len(), names.len()), (count, count));
}

#[tokio::test]
async fn a_process_frozen_for_longer_than_its_lease_changes_nothing_when_it_comes_back() {
    let database = Database::new().await;
    prepare(&database).await;
    let frozen = Process::start(&database);
    enqueue(&database, vec![Probe::new("waits")]).await;
    wait_for("it to run", async || (runs(&database).await.len() == 1).then_some(())).await;
    frozen.signal("STOP");

    // Its connection is there, so nobody takes it for dead, however hasty.
    let log = Log::default();
    let hastier = Config {
        dead_after: Duration::ZERO,
        queues: vec![CONFLUENCE],
        ..hasty()
    };
    let watching = Worker::start(database.pool(), logging(&log), hastier).await;
    // Nothing but the frozen one loses its lease, however slow the machine.
    let next = Process::start_in_production(&database);
    wait_for("the other to take over", async || {
        runs(&database)
            .await
            .contains(&("waits".to_owned(), next.id()))
            .then_some(())
    })
    .await;
    let locked_by = "SELECT locked_by::text || attempt FROM jobs WHERE kind = 'test.probe' AND state = 'running'";
    let owner: Option<String> = sqlx::query_scalar(locked_by).fetch_one(database.pool()).await.unwrap();
    // It wakes, may even find its work done, says what it has to say, and ends.
    go(&database, 1).await;
    frozen.signal("CONT");
    frozen.signal("TERM");
    frozen.ended().await;
    let owner_still: Option<String> = sqlx::query_scalar(locked_by).fetch_one(database.pool()).await.unwrap();
    assert_eq!(owner_still, owner);
    go(&database, 2).await;
    let row = becomes(database.pool(), "waits", "completed").await;
    assert_eq!((row.attempt, row.lost_runs), (2, 1));
    let reason = row.last_error.unwrap();
    assert!(reason.contains("its lease ended"), "{reason}");
    watching.stop().await;
}

/// Waits until the engine is listed as alive: with that it looks for runs that were taken over meanwhile.
async fn listed(database: &Database) {
    wait_for("the engine to be listed", async || {
        let listed: i64 = sqlx::query_scalar("SELECT count(*) FROM job_workers")
            .fetch_one(database.pool())
            .await
            .ok()?;
        (listed == 1).then_some(())
    })
    .await;
}

/// Makes the running jobs somebody else's, as a takeover does.
async fn take_over(database: &Database) {
    sqlx::query(
        "UPDATE jobs SET run_no = run_no + 1, locked_by = gen_random_uuid(), lease_expires_at = now() + interval '1 hour'
         WHERE state = 'running'",
    )
    .execute(database.pool())
    .await
    .unwrap();
}

#[tokio::test]
async fn whatever_a_stale_run_answers_is_not_written() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held) = (log.clone(), gate.clone());
    let registry = probes(move |name: String, _| {
        seen.add(&name);
        let gate = held.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            match name.as_str() {
                "done" => Outcome::Done,
                "retry" => Outcome::retry("no"),
                "snooze" => Outcome::snooze(Duration::ZERO, "no"),
                "discard" => Outcome::discard("no"),
                _ => panic!("no"),
            }
        }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    listed(&database).await;
    enqueue(
        &database,
        ["done", "retry", "snooze", "discard", "panic"].map(Probe::new).into(),
    )
    .await;
    log.reaches(5).await;
    take_over(&database).await;
    let taken = rows(database.pool()).await;
    gate.add_permits(5);
    // It returns when all answers were given.
    worker.stop().await;
    assert_eq!(rows(database.pool()).await, taken);
    assert!(taken.iter().all(|row| row.state == "running"));
}

#[tokio::test]
async fn a_run_that_postgres_forgot_cannot_answer_for_the_next_one() {
    let database = Database::new().await;
    let log = Log::default();
    let gates = [Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0))];
    let (seen, held) = (log.clone(), gates.clone());
    let registry = probes(move |name: String, _| {
        if name == "wake up" {
            return std::future::ready(Outcome::Done).boxed();
        }
        seen.add(&name);
        let run = seen.all().len() - 1;
        let gate = held[run].clone();
        async move {
            gate.acquire().await.unwrap().forget();
            if run == 0 {
                Outcome::discard("by the first")
            } else {
                Outcome::Done
            }
        }
        .boxed()
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    log.reaches(1).await;
    // As a crash leaves it that came before the fetch was on disk; the same process fetches it again.
    sqlx::query(
        "UPDATE jobs SET state = 'waiting', run_no = 0, attempt = 0, locked_by = NULL, lease_expires_at = NULL
         WHERE kind = 'test.probe'",
    )
    .execute(database.pool())
    .await
    .unwrap();
    enqueue(&database, vec![Probe::new("wake up")]).await;
    log.reaches(2).await;
    gates[0].add_permits(1);
    // Answers are written in their order: this one comes after the stale one.
    enqueue(&database, vec![Probe::new("wake up")]).await;
    wait_for("the one after it", async || {
        let done = rows(database.pool())
            .await
            .into_iter()
            .filter(|row| row.state == "completed")
            .count();
        (done == 2).then_some(())
    })
    .await;
    assert_eq!(states(database.pool()).await[0], ("job".into(), "running".into()));
    gates[1].add_permits(1);
    becomes(database.pool(), "job", "completed").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_handler_completes_its_job_together_with_its_result() {
    let database = Database::new().await;
    sqlx::raw_sql("CREATE TABLE results (name text)")
        .execute(database.pool())
        .await
        .unwrap();
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held, pool) = (log.clone(), gate.clone(), database.pool().clone());
    let registry = probes(move |name, context: JobContext| {
        let (log, gate, pool) = (seen.clone(), held.clone(), pool.clone());
        async move {
            log.add(&name);
            if name == "stale" {
                gate.acquire().await.unwrap().forget();
            }
            let mut tx = pool.begin().await.unwrap();
            sqlx::query("INSERT INTO results VALUES ($1)")
                .bind(&name)
                .execute(&mut *tx)
                .await
                .unwrap();
            match context.complete(&mut tx).await {
                Ok(()) if name == "rolled back" && context.attempt() == 1 => tx.rollback().await.unwrap(),
                Ok(()) => tx.commit().await.unwrap(),
                Err(Stale::TakenOver) => log.add("taken over"),
                Err(Stale::Database(error)) => panic!("{error}"),
            }
            Outcome::Done
        }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    listed(&database).await;
    enqueue(&database, vec![Probe::new("stale")]).await;
    log.reaches(1).await;
    take_over(&database).await;
    gate.add_permits(1);
    wait_for("it to learn that", async || {
        log.all().contains(&"taken over".to_owned()).then_some(())
    })
    .await;

    enqueue(&database, vec![Probe::new("committed"), Probe::new("rolled back")]).await;
    assert_eq!(becomes(database.pool(), "committed", "completed").await.attempt, 1);
    // Nothing was recorded, so nothing is done.
    assert_eq!(becomes(database.pool(), "rolled back", "completed").await.attempt, 2);
    worker.stop().await;
    let results: Vec<String> = sqlx::query_scalar("SELECT name FROM results ORDER BY name")
        .fetch_all(database.pool())
        .await
        .unwrap();
    assert_eq!(results, ["committed", "rolled back"]);
    assert_eq!(states(database.pool()).await[0], ("stale".into(), "running".into()));
}

/// Says when it is dropped.
struct Dropped(Log);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add(Utc::now().to_rfc3339());
    }
}

#[tokio::test]
async fn a_handler_whose_lease_is_not_renewed_is_stopped_before_it_ends() {
    let database = Database::new().await;
    let (begun, dropped) = (Log::default(), Log::default());
    let (seen, drops) = (begun.clone(), dropped.clone());
    let registry = probes(move |name, context: JobContext| {
        seen.add(name);
        let guard = Dropped(drops.clone());
        async move {
            if context.attempt() == 1 {
                std::future::pending::<()>().await;
            }
            std::mem::forget(guard);
            Outcome::Done
        }
    });
    let config = Config {
        lease: Duration::from_secs(6),
        ..hasty()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    begun.reaches(1).await;
    // As if the database could not be reached: the row is locked, and renewing passes over it.
    let mut tx = database.pool().begin().await.unwrap();
    let lease: DateTime<Utc> =
        sqlx::query_scalar("SELECT lease_expires_at FROM jobs WHERE kind = 'test.probe' FOR UPDATE")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    let stopped: DateTime<Utc> = dropped.reaches(1).await[0].parse().unwrap();
    assert!(stopped < lease, "stopped at {stopped}, the lease ended at {lease}");
    tx.rollback().await.unwrap();
    let row = becomes(database.pool(), "job", "completed").await;
    assert_eq!(row.attempt, 2);
    worker.stop().await;
}

#[tokio::test]
async fn a_lease_is_renewed_while_its_job_runs() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held) = (log.clone(), gate.clone());
    let registry = probes(move |name, _| {
        seen.add(name);
        let gate = held.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Outcome::Done
        }
    });
    let worker = Worker::start(database.pool(), registry, hasty()).await;
    enqueue(&database, vec![Probe::new("long")]).await;
    log.reaches(1).await;
    let lease = || async {
        sqlx::query_scalar::<_, DateTime<Utc>>("SELECT lease_expires_at FROM jobs WHERE kind = 'test.probe'")
            .fetch_one(database.pool())
            .await
            .unwrap()
    };
    let first = lease().await;
    wait_for("three leases' time", async || {
        (lease().await > first + chrono::TimeDelta::seconds(3)).then_some(())
    })
    .await;
    gate.add_permits(1);
    assert_eq!(becomes(database.pool(), "long", "completed").await.attempt, 1);
    worker.stop().await;
}

/// Test servers forget their last commits when they crash, unless told otherwise.
pub async fn durable(database: &Database) {
    for sql in ["ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()"] {
        sqlx::query(sql).execute(database.pool()).await.unwrap();
    }
    wait_for("every session to know", async || {
        let on: String = sqlx::query_scalar("SHOW synchronous_commit")
            .fetch_one(database.pool())
            .await
            .unwrap();
        (on == "on").then_some(())
    })
    .await;
}

/// Enqueues until it is done, however often the database goes away. What is committed unheard is not enqueued twice.
async fn enqueue_stubbornly(pool: &sqlx::PgPool, name: String) {
    loop {
        let job: NewJob = Probe::new(&name).once(&name);
        let result = match pool.acquire().await {
            Ok(mut conn) => queue::enqueue(&mut conn, vec![job])
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match result {
            Ok(()) => return,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_database_under_load_loses_nothing() {
    const JOBS: usize = 600;
    let server = Server::start("jobs");
    let database = Database::on(&server).await;
    durable(&database).await;
    let log = Log::default();
    let config = hasty();
    let health = config.health.clone();
    let worker = Worker::start(database.pool(), logging(&log), config).await;
    let pool = database.pool().clone();
    let producer = tokio::spawn(async move {
        for n in 0..JOBS {
            enqueue_stubbornly(&pool, n.to_string()).await;
        }
    });
    log.reaches(JOBS / 4).await;
    server.stop();
    // Readiness follows.
    wait_for("it to be noticed", async || {
        (!health.is_polling(Duration::from_secs(1))).then_some(())
    })
    .await;
    server.start_again();
    producer.await.unwrap();
    wait_for("all jobs", async || (log.counts().len() == JOBS).then_some(())).await;
    wait_for("all answers", async || {
        let open: i64 =
            sqlx::query_scalar("SELECT count(*) FROM jobs WHERE state <> 'completed' AND kind = 'test.probe'")
                .fetch_one(database.pool())
                .await
                .ok()?;
        (open == 0).then_some(())
    })
    .await;
    assert!(health.is_polling(Duration::from_secs(5)));
    worker.stop().await;
}

#[tokio::test]
async fn an_outage_longer_than_a_lease_runs_a_job_again_and_blames_nobody() {
    let server = Server::start("outage");
    let database = Database::on(&server).await;
    durable(&database).await;
    let (begun, dropped) = (Log::default(), Log::default());
    let (seen, drops) = (begun.clone(), dropped.clone());
    let registry = probes(move |name, context: JobContext| {
        seen.add(name);
        let guard = Dropped(drops.clone());
        async move {
            if context.attempt() == 1 {
                std::future::pending::<()>().await;
            }
            std::mem::forget(guard);
            Outcome::Done
        }
    });
    // Once the database is back, those who could not reach it have a lease's time to give back what they dropped.
    let config = Config {
        lease: Duration::from_secs(3),
        ..hasty()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    begun.reaches(1).await;
    // Any commit brings the fetch to disk.
    enqueue(&database, vec![Probe::new("later").after(HOUR)]).await;
    server.stop();
    dropped.reaches(1).await;
    server.start_again();
    begun.reaches(2).await;
    let row = wait_for("it to complete", async || {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT payload->>'name' AS name, state, attempt, failures, lost_runs, last_error FROM jobs
             WHERE kind = 'test.probe' AND state = 'completed'",
        )
        .fetch_all(database.pool())
        .await
        .ok()?;
        rows.into_iter().next()
    })
    .await;
    assert_eq!((row.attempt, row.lost_runs), (2, 0), "{row:?}");
    worker.stop().await;
}
