//! Enqueue is part of the caller's transaction; coalesced jobs have one waiting twin; once-only keys stay taken.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use queue::{Config, NewJob, Outcome, admin};
use testing::{Database, wait_for};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::support::*;

#[tokio::test]
async fn a_job_exists_exactly_when_its_transaction_commits() {
    let database = Database::new().await;
    let log = Log::default();
    let worker = Worker::start(database.pool(), logging(&log), patient()).await;

    let mut rolled_back = database.pool().begin().await.unwrap();
    queue::enqueue(&mut rolled_back, vec![Probe::new("never")])
        .await
        .unwrap();
    rolled_back.rollback().await.unwrap();
    let mut committed = database.pool().begin().await.unwrap();
    queue::enqueue(&mut committed, vec![Probe::new("now")]).await.unwrap();
    assert_eq!(log.all(), [""; 0]);
    committed.commit().await.unwrap();

    becomes(database.pool(), "now", "completed").await;
    assert_eq!(log.all(), ["now"]);
    assert_eq!(states(database.pool()).await.len(), 1);
    worker.stop().await;
}

#[tokio::test]
async fn a_payload_holds_whatever_people_type() {
    let database = Database::new().await;
    let log = Log::default();
    let worker = Worker::start(database.pool(), logging(&log), patient()).await;
    let odd = "nul \0, quote \" and ' and \\, emoji 🔥, ру́сский, \u{202e}right to left, <!channel>\n";
    enqueue(&database, vec![Probe::new(odd)]).await;
    assert_eq!(log.reaches(1).await, [odd]);
    worker.stop().await;
}

#[tokio::test]
async fn one_that_is_not_due_waits() {
    let database = Database::new().await;
    let log = Log::default();
    enqueue(
        &database,
        vec![
            Probe::new("later").after(HOUR),
            Probe::new("tomorrow").at(Utc::now() + 24 * HOUR),
        ],
    )
    .await;
    let worker = Worker::start(database.pool(), logging(&log), patient()).await;
    enqueue(
        &database,
        vec![Probe::new("soon").after(Duration::from_millis(1)), Probe::new("now")],
    )
    .await;
    becomes(database.pool(), "now", "completed").await;
    assert!(!log.all().contains(&"later".to_owned()));
    let waiting = states(database.pool()).await;
    assert_eq!(
        waiting[..2],
        [
            ("later".into(), "waiting".into()),
            ("tomorrow".into(), "waiting".into())
        ]
    );
    worker.stop().await;
}

fn draw(name: impl ToString) -> NewJob {
    Probe::new(name).coalesce("panel")
}

#[tokio::test]
async fn many_coalesced_jobs_become_one_that_keeps_its_place() {
    let database = Database::new().await;
    for version in 0..5 {
        enqueue(
            &database,
            vec![draw(version), Probe::new("other").coalesce(format!("other/{version}"))],
        )
        .await;
    }
    // Several in one call, too.
    enqueue(&database, vec![draw(5), Probe::new("last"), draw(6)]).await;
    let names: Vec<_> = rows(database.pool()).await.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["6", "other", "other", "other", "other", "other", "last"]);
}

#[tokio::test]
async fn a_key_coalesces_within_its_queue() {
    let database = Database::new().await;
    enqueue(&database, vec![draw("panel"), Document::new("page").coalesce("panel")]).await;
    assert_eq!(states(database.pool()).await.len(), 2);
}

#[tokio::test]
async fn nobody_draws_the_older_state_while_a_change_commits() {
    let database = Database::new().await;
    let log = Log::default();
    enqueue(&database, vec![draw("older")]).await;
    let mut change = database.pool().begin().await.unwrap();
    queue::enqueue(&mut change, vec![draw("newer")]).await.unwrap();

    // The waiting one is due, but the change holds it.
    let worker = Worker::start(database.pool(), logging(&log), patient()).await;
    enqueue(&database, vec![Probe::new("another")]).await;
    assert_eq!(log.reaches(1).await, ["another"]);

    // Nothing is polled: the commit itself wakes the worker.
    change.commit().await.unwrap();
    assert_eq!(log.reaches(2).await, ["another", "newer"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_change_during_a_run_leaves_one_more_job() {
    let database = Database::new().await;
    let log = Log::default();
    let (seen, gate) = (log.clone(), Arc::new(Semaphore::new(0)));
    let held = gate.clone();
    let registry = probes(move |name, _| {
        seen.add(name);
        let gate = held.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Outcome::Done
        }
    });
    let worker = Worker::start(database.pool(), registry, slots(1)).await;
    enqueue(&database, vec![draw("first")]).await;
    log.reaches(1).await;
    for change in ["second", "third", "fourth"] {
        enqueue(&database, vec![draw(change)]).await;
    }
    gate.add_permits(10);
    all_become(database.pool(), "completed").await;
    assert_eq!(log.all(), ["first", "fourth"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_once_only_key_stays_taken_for_ever() {
    let database = Database::new().await;
    let once = |name: &str| Probe::new(name).once("step/1");
    enqueue(&database, vec![once("first"), once("same call")]).await;
    enqueue(&database, vec![once("second"), Probe::new("beside")]).await;
    assert_eq!(
        rows(database.pool())
            .await
            .into_iter()
            .map(|row| row.name)
            .collect::<Vec<_>>(),
        ["first", "beside"]
    );
    // Also when the job is long gone.
    sqlx::query("DELETE FROM jobs").execute(database.pool()).await.unwrap();
    enqueue(&database, vec![once("third")]).await;
    assert!(rows(database.pool()).await.is_empty());
}

#[tokio::test]
async fn a_once_only_key_is_free_when_its_transaction_is_rolled_back() {
    let database = Database::new().await;
    let once = |name: &str| Probe::new(name).once("step/1");
    let mut first = database.pool().begin().await.unwrap();
    queue::enqueue(&mut first, vec![once("first")]).await.unwrap();
    let pool = database.pool().clone();
    let second = tokio::spawn(async move {
        queue::enqueue(&mut pool.acquire().await.unwrap(), vec![once("second")])
            .await
            .unwrap();
    });
    wait_for("the second to wait for the first", async || {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')",
        )
        .fetch_one(database.pool())
        .await
        .unwrap();
        waits.then_some(())
    })
    .await;
    first.rollback().await.unwrap();
    second.await.unwrap();
    assert_eq!(states(database.pool()).await, [("second".into(), "waiting".into())]);
}

#[tokio::test]
async fn crossing_changes_of_the_same_things_do_not_deadlock() {
    let database = Database::new().await;
    let keys: Vec<_> = (0..20).map(|n| format!("thing/{n}")).collect();
    let mut changes = tokio::task::JoinSet::new();
    for n in 0..16 {
        let (pool, mut keys) = (database.pool().clone(), keys.clone());
        keys.rotate_left(n);
        changes.spawn(async move {
            for _ in 0..20 {
                let jobs = keys.iter().map(|key| Probe::new(key).coalesce(key)).collect();
                queue::enqueue(&mut pool.acquire().await.unwrap(), jobs).await.unwrap();
            }
        });
    }
    changes.join_all().await;
    assert_eq!(states(database.pool()).await.len(), keys.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_refresh_is_never_lost() {
    const THINGS: usize = 4;
    const CHANGES: i32 = 60;
    let database = Database::new().await;
    sqlx::raw_sql(
        "CREATE TABLE things (name text PRIMARY KEY, version int NOT NULL DEFAULT 0, drawn int NOT NULL DEFAULT 0);
         INSERT INTO things SELECT n::text FROM generate_series(0, 3) n",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let pool = database.pool().clone();
    let registry = probes(move |name, context: queue::JobContext| {
        let pool = pool.clone();
        async move {
            let version: i32 = sqlx::query_scalar("SELECT version FROM things WHERE name = $1")
                .bind(&name)
                .fetch_one(&pool)
                .await
                .unwrap();
            if context.id().as_u128().is_multiple_of(5) && context.attempt() == 1 {
                return Outcome::retry("Slack failed");
            }
            sqlx::query("UPDATE things SET drawn = $2 WHERE name = $1")
                .bind(&name)
                .bind(version)
                .execute(&pool)
                .await
                .unwrap();
            Outcome::Done
        }
    });
    let workers = [
        Worker::start(database.pool(), registry.clone(), patient()).await,
        Worker::start(database.pool(), registry, patient()).await,
    ];
    let mut changes = tokio::task::JoinSet::new();
    for thing in (0..THINGS).flat_map(|thing| [thing, thing]) {
        let (pool, name) = (database.pool().clone(), thing.to_string());
        changes.spawn(async move {
            for _ in 0..CHANGES {
                let mut tx = pool.begin().await.unwrap();
                sqlx::query("UPDATE things SET version = version + 1 WHERE name = $1")
                    .bind(&name)
                    .execute(&mut *tx)
                    .await
                    .unwrap();
                let draw = Probe::new(&name).lane(&name).coalesce(&name);
                queue::enqueue(&mut tx, vec![draw]).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    changes.join_all().await;
    wait_for("every thing to be drawn as it is", async || {
        let drawn: Vec<(i32, i32)> = sqlx::query_as("SELECT version, drawn FROM things")
            .fetch_all(database.pool())
            .await
            .unwrap();
        drawn
            .iter()
            .all(|thing| *thing == (2 * CHANGES, 2 * CHANGES))
            .then_some(())
    })
    .await;
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_long_transaction_of_a_caller_holds_up_nobody_elses_answer() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held) = (log.clone(), gate.clone());
    let registry = probes(move |name: String, context: queue::JobContext| {
        seen.add(&name);
        let gate = held.clone();
        async move {
            if name == "draw" && context.attempt() == 1 {
                gate.acquire().await.unwrap().forget();
                return Outcome::retry("Slack failed");
            }
            Outcome::Done
        }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![draw("draw").lane("panel")]).await;
    log.reaches(1).await;
    let mut change = database.pool().begin().await.unwrap();
    queue::enqueue(&mut change, vec![draw("newer").lane("panel")])
        .await
        .unwrap();
    // The retry has to wait for the change, which may bring a twin.
    gate.add_permits(1);
    for other in 0..3 {
        enqueue(&database, vec![Probe::new(other)]).await;
        becomes(database.pool(), &other.to_string(), "completed").await;
    }
    change.commit().await.unwrap();
    becomes(database.pool(), "newer", "completed").await;
    becomes(database.pool(), "draw", "superseded").await;
    worker.stop().await;
}

#[tokio::test]
async fn one_that_is_put_off_runs_when_it_is_enqueued_again() {
    let database = Database::new().await;
    for outcome in [
        Outcome::snooze(HOUR / 4, "the next update is due later"),
        Outcome::wait("the channel is being made"),
        Outcome::rate_limited(HOUR / 4, "Slack"),
        Outcome::retry("Slack failed"),
    ] {
        let first = outcome.clone();
        let registry = probes(move |name: String, context: queue::JobContext| {
            let is_first = context.attempt() == 1 && name != "wake up";
            let outcome = if is_first { first.clone() } else { Outcome::Done };
            async { outcome }
        });
        let config = Config {
            backoff_min: HOUR / 4,
            backoff_max: HOUR / 2,
            ..patient()
        };
        let worker = Worker::start(database.pool(), registry, config).await;
        enqueue(&database, vec![draw(format!("{outcome:?}"))]).await;
        wait_for("it to be put off", async || {
            let row = rows(database.pool()).await.pop().unwrap();
            (row.attempt == 1 && row.state == "waiting").then_some(())
        })
        .await;
        enqueue(&database, vec![draw("now")]).await;
        if matches!(outcome, Outcome::Retry { .. }) {
            // Nobody waits an hour for it, but it is not tried with every change either.
            let in_a_moment: bool = sqlx::query_scalar(
                "SELECT run_at BETWEEN now() AND now() + interval '2 s' FROM jobs WHERE coalesce_key = 'panel'
                 ORDER BY seq DESC LIMIT 1",
            )
            .fetch_one(database.pool())
            .await
            .unwrap();
            assert!(in_a_moment);
            sqlx::query("UPDATE jobs SET run_at = now() WHERE state = 'waiting'")
                .execute(database.pool())
                .await
                .unwrap();
            enqueue(&database, vec![Probe::new("wake up")]).await;
        }
        all_become(database.pool(), "completed").await;
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_job_carries_its_subject_to_its_run_and_to_whoever_looks() {
    let database = Database::new().await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let about = |subject| Probe::new("about").coalesce("key").about(subject);
    enqueue(&database, vec![Probe::new("nothing"), about(Some(first))]).await;
    enqueue(&database, vec![about(Some(second))]).await;
    let log = Log::default();
    let seen = log.clone();
    let registry = probes(move |name: String, context: queue::JobContext| {
        seen.add(format!("{name} {:?}", context.subject()));
        async { Outcome::discard("it never works") }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    let mut ran = log.reaches(2).await;
    ran.sort();
    assert_eq!(ran, [format!("about {:?}", Some(second)), "nothing None".to_owned()]);
    let mut conn = database.connect().await;
    let subjects = wait_for("both to be discarded", async || {
        let discarded = admin::discarded(&mut conn, None, 10).await.unwrap();
        let mut subjects: Vec<_> = discarded.into_iter().map(|job| job.subject).collect();
        subjects.sort();
        Some(subjects).filter(|subjects| subjects.len() == 2)
    })
    .await;
    assert_eq!(subjects, [None, Some(second)]);
    worker.stop().await;
}
