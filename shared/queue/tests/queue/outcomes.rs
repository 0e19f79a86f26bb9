//! What becomes of a job: backoff, horizon, crashes, panics, hangs, payloads that cannot be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use domain::clock::MovableClock;
use queue::{Config, JobContext, Outcome, Registry, admin};
use testing::{Database, wait_for};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::support::*;

#[tokio::test]
async fn a_retry_waits_in_the_database_and_comes_in_time() {
    let database = Database::new().await;
    let log = Log::default();
    let seen = log.clone();
    let registry = probes(move |name, context: JobContext| {
        seen.add(format!("{name} {}", context.attempt()));
        async move {
            if context.attempt() < 4 {
                Outcome::retry("Slack failed\0")
            } else {
                Outcome::Done
            }
        }
    });
    // Nothing is polled: a timer of the process brings it back.
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    let row = becomes(database.pool(), "job", "completed").await;
    assert_eq!(log.all(), ["job 1", "job 2", "job 3", "job 4"]);
    assert_eq!((row.attempt, row.failures, row.lost_runs), (4, 3, 0));
    assert_eq!(row.last_error.unwrap(), "Slack failed");
    worker.stop().await;
}

#[tokio::test]
async fn the_wait_doubles_with_each_failure_and_a_snooze_is_none() {
    let database = Database::new().await;
    let log = Log::default();
    let seen = log.clone();
    let registry = probes(move |name: String, _| {
        seen.add(&name);
        async move {
            if name == "fails" {
                Outcome::retry("no")
            } else {
                Outcome::snooze(HOUR / 2, "a rate limit")
            }
        }
    });
    let config = Config {
        backoff_min: Duration::from_secs(100),
        backoff_max: HOUR / 2,
        ..patient()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(
        &database,
        vec![Probe::new("fails"), Probe::new("fails"), Probe::new("snoozes")],
    )
    .await;
    log.reaches(3).await;
    all_become(database.pool(), "waiting").await;
    sqlx::query("UPDATE jobs SET failures = 3, run_at = now() WHERE seq = (SELECT min(seq) FROM jobs WHERE kind = 'test.probe')")
        .execute(database.pool())
        .await
        .unwrap();
    enqueue(&database, vec![Probe::new("a wake-up")]).await;
    log.reaches(5).await;
    all_become(database.pool(), "waiting").await;
    let waits: Vec<f64> = sqlx::query_scalar(
        "SELECT extract(epoch FROM run_at - now())::float8 FROM jobs WHERE kind = 'test.probe' ORDER BY seq",
    )
    .fetch_all(database.pool())
    .await
    .unwrap();
    assert!((550.0..=1000.0).contains(&waits[0]), "after four failures: {waits:?}");
    assert!((50.0..=125.0).contains(&waits[1]), "after one: {waits:?}");
    assert!((1700.0..=1800.0).contains(&waits[2]), "snoozed: {waits:?}");
    assert_eq!(rows(database.pool()).await[2].failures, 0);
    worker.stop().await;
}

#[tokio::test]
async fn no_slot_is_held_while_waiting() {
    let database = Database::new().await;
    let registry = probes(async |name: String, _| match name.as_str() {
        "waits" => Outcome::snooze(HOUR / 2, "a rate limit"),
        "fails" => Outcome::retry("no"),
        _ => Outcome::Done,
    });
    let config = Config {
        backoff_min: HOUR / 8,
        backoff_max: HOUR / 8,
        ..slots(1)
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(
        &database,
        vec![Probe::new("waits"), Probe::new("fails"), Probe::new("goes")],
    )
    .await;
    becomes(database.pool(), "goes", "completed").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_job_past_its_horizon_is_discarded_in_the_transaction_that_tells() {
    let database = Database::new().await;
    let clock = MovableClock::default();
    let mut handler = Scripted::new(async |_, _| Outcome::retry("Slack is down"));
    handler.notices = true;
    let registry = Registry::new().handle::<Probe>(handler.clone());
    let config = Config {
        clock: Arc::new(clock.clone()),
        ..hasty()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    wait_for("some attempts", async || {
        (rows(database.pool()).await[0].attempt > 2).then_some(())
    })
    .await;
    assert!(handler.discarded.lock().unwrap().is_empty());

    clock.advance(TimeDelta::hours(2));
    let row = becomes(database.pool(), "job", "discarded").await;
    assert!(row.last_error.unwrap().starts_with("not done by 2"));
    assert_eq!(handler.discarded.lock().unwrap().len(), 1);
    becomes(database.pool(), "job was given up", "waiting").await;
    worker.stop().await;
}

#[tokio::test]
async fn one_that_nobody_began_before_its_horizon_is_not_begun() {
    let database = Database::new().await;
    enqueue(&database, vec![Probe::new("job"), Probe::new("later").after(2 * HOUR)]).await;
    let clock = MovableClock::default();
    clock.advance(TimeDelta::minutes(150));
    let log = Log::default();
    let worker = Worker::start(
        database.pool(),
        logging(&log),
        Config {
            clock: Arc::new(clock),
            ..patient()
        },
    )
    .await;
    becomes(database.pool(), "job", "discarded").await;
    // The horizon counts from when it first could run.
    becomes(database.pool(), "later", "completed").await;
    assert_eq!(log.all(), ["later"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_handler_that_cannot_say_that_it_gave_up_does_not_keep_the_job() {
    let database = Database::new().await;
    let handler = Scripted::new(async |_, _| Outcome::discard("no such channel"));
    *handler.fail_discarded.lock().unwrap() = Some("SELECT 1 FROM no_such_table");
    let registry = Registry::new().handle::<Probe>(handler.clone());
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    let reason = becomes(database.pool(), "job", "discarded").await.last_error.unwrap();
    assert!(reason.starts_with("no such channel (Nobody was told: "), "{reason}");
    assert!(reason.contains("no_such_table"), "{reason}");
    assert!(handler.discarded.lock().unwrap().is_empty());
    worker.stop().await;
}

#[tokio::test]
async fn one_that_waits_or_is_rate_limited_has_not_failed() {
    let database = Database::new().await;
    let registry = probes(async |_, context: JobContext| match context.attempt() {
        1..4 => Outcome::wait("the channel is being made"),
        4 => Outcome::rate_limited(Duration::ZERO, "Slack"),
        _ => Outcome::Done,
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    let row = becomes(database.pool(), "job", "completed").await;
    assert_eq!((row.attempt, row.failures, row.lost_runs), (5, 0, 0));
    worker.stop().await;
}

#[tokio::test]
async fn five_panics_are_enough_and_the_worker_goes_on() {
    let database = Database::new().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let handler = Scripted::new(move |name: String, _| {
        let counted = counted.clone();
        async move {
            if name == "bad" {
                counted.fetch_add(1, Ordering::Relaxed);
                panic!("a fault in the code");
            }
            Outcome::Done
        }
    });
    let worker = Worker::start(
        database.pool(),
        Registry::new().handle::<Probe>(handler.clone()),
        patient(),
    )
    .await;
    enqueue(&database, vec![Probe::new("bad"), Probe::new("good")]).await;
    let row = becomes(database.pool(), "bad", "discarded").await;
    assert_eq!(
        row.last_error.unwrap(),
        "5 runs ended without an answer, the last one: panicked: a fault in the code"
    );
    assert_eq!(runs.load(Ordering::Relaxed), 5);
    assert_eq!(handler.discarded.lock().unwrap().len(), 1);
    becomes(database.pool(), "good", "completed").await;
    enqueue(&database, vec![Probe::new("after")]).await;
    becomes(database.pool(), "after", "completed").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_discarded_and_the_worker_goes_on() {
    let database = Database::new().await;
    enqueue(&database, vec![Probe::new("bad")]).await;
    sqlx::query(r#"UPDATE jobs SET payload = '{"nom": "bad"}'"#)
        .execute(database.pool())
        .await
        .unwrap();
    let worker = Worker::start(database.pool(), logging(&Log::default()), patient()).await;
    let row = becomes(database.pool(), "test.probe", "discarded").await;
    let error = row.last_error.unwrap();
    assert!(
        error.contains("the payload cannot be read: missing field `name`"),
        "{error}"
    );
    assert!(error.contains("(Nobody was told: "), "{error}");
    assert_eq!(row.attempt, 5);
    enqueue(&database, vec![Probe::new("after")]).await;
    becomes(database.pool(), "after", "completed").await;
    worker.stop().await;
}

#[tokio::test]
async fn deaths_without_a_word_count_and_the_fifth_is_the_last() {
    let database = Database::new().await;
    enqueue(&database, vec![Probe::new("deadly"), Probe::new("unlucky")]).await;
    // As the processes leave them that died of them.
    sqlx::query(
        "UPDATE jobs SET state = 'running', locked_by = gen_random_uuid(), lease_expires_at = now(), attempt = 5, run_no = 5,
                         lost_runs = CASE WHEN payload->>'name' = 'deadly' THEN 4 ELSE 3 END",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let log = Log::default();
    let handler = {
        let log = log.clone();
        Scripted::new(move |name, _| {
            log.add(name);
            async { Outcome::Done }
        })
    };
    let worker = Worker::start(
        database.pool(),
        Registry::new().handle::<Probe>(handler.clone()),
        hasty(),
    )
    .await;
    let row = becomes(database.pool(), "deadly", "discarded").await;
    assert_eq!(
        (row.lost_runs, row.last_error.unwrap().as_str()),
        (5, "5 runs ended without an answer")
    );
    assert_eq!(handler.discarded.lock().unwrap()[0].0, "deadly");
    becomes(database.pool(), "unlucky", "completed").await;
    assert_eq!(log.all(), ["unlucky"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_handler_that_hangs_is_stopped_and_tried_again() {
    let database = Database::new().await;
    let registry = probes(async |_, context: JobContext| {
        if context.attempt() == 1 {
            std::future::pending::<()>().await;
        }
        Outcome::Done
    });
    let config = Config {
        handler_timeout: Duration::from_millis(300),
        ..patient()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(&database, vec![Probe::new("job")]).await;
    let row = becomes(database.pool(), "job", "completed").await;
    assert_eq!((row.attempt, row.lost_runs), (2, 0));
    assert_eq!(row.last_error.unwrap(), "timed out after 300ms");
    worker.stop().await;
}

#[tokio::test]
async fn a_handler_that_hangs_holds_no_other_job_up() {
    let database = Database::new().await;
    let log = Log::default();
    let seen = log.clone();
    let registry = probes(move |name: String, _| {
        seen.add(&name);
        async move {
            if name == "hangs" {
                std::future::pending::<()>().await;
            }
            Outcome::Done
        }
    })
    .merge(Registry::new().handle::<Document>(Scripted::new(async |_, _| Outcome::Done)));
    let config = Config {
        queues: ALL.to_vec(),
        shutdown_grace: Duration::ZERO,
        ..slots(2)
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(&database, vec![Probe::new("hangs")]).await;
    log.reaches(1).await;
    enqueue(&database, vec![Probe::new("same queue"), Document::new("other queue")]).await;
    becomes(database.pool(), "same queue", "completed").await;
    becomes(database.pool(), "other queue", "completed").await;
    worker.stop().await;
}

#[tokio::test]
async fn priorities_go_first_and_within_one_who_was_due_first() {
    let database = Database::new().await;
    let log = Log::default();
    let handler = {
        let log = log.clone();
        Scripted::new(move |name, _| {
            log.add(name);
            async { Outcome::Done }
        })
    };
    enqueue(
        &database,
        vec![
            Sweep::new("housekeeping"),
            Notice::new("notice"),
            Probe::new("status 1").at(Utc::now() - TimeDelta::seconds(10)),
            Probe::new("status 2"),
            Channel::new("channel"),
            Page::new("page 2"),
            Page::new("page 1").at(Utc::now() - TimeDelta::seconds(10)),
        ],
    )
    .await;
    let registry = Registry::new()
        .handle::<Sweep>(handler.clone())
        .handle::<Notice>(handler.clone())
        .handle::<Probe>(handler.clone())
        .handle::<Channel>(handler.clone())
        .handle::<Page>(handler);
    let worker = Worker::start(database.pool(), registry, slots(1)).await;
    let order = log.reaches(7).await;
    assert_eq!(
        order,
        [
            "page 1",
            "page 2",
            "channel",
            "status 1",
            "status 2",
            "notice",
            "housekeeping"
        ]
    );
    worker.stop().await;
}

#[tokio::test]
async fn a_discarded_job_is_listed_and_runs_again_with_its_whole_horizon() {
    let database = Database::new().await;
    let bad = Arc::new(Semaphore::new(0));
    let good = bad.clone();
    let registry = probes(move |_, _| {
        let good = good.clone();
        async move {
            if good.available_permits() == 0 {
                Outcome::discard("no such channel")
            } else {
                Outcome::Done
            }
        }
    });
    let clock = MovableClock::default();
    let worker = Worker::start(
        database.pool(),
        registry,
        Config {
            clock: Arc::new(clock.clone()),
            ..patient()
        },
    )
    .await;
    enqueue(&database, vec![Probe::new("1"), Probe::new("2"), Probe::new("3")]).await;
    all_become(database.pool(), "discarded").await;

    let mut conn = database.connect().await;
    let first = admin::discarded(&mut conn, None, 2).await.unwrap();
    let last = &first[1];
    let second = admin::discarded(&mut conn, Some((last.discarded_at, last.id)), 2)
        .await
        .unwrap();
    assert_eq!((first.len(), second.len()), (2, 1));
    assert!(first[0].discarded_at >= first[1].discarded_at && first[1].discarded_at >= second[0].discarded_at);
    assert_eq!(
        (second[0].kind.as_str(), second[0].reason.as_str()),
        ("test.probe", "no such channel")
    );

    bad.add_permits(1);
    // Long past the horizon it had.
    clock.advance(TimeDelta::days(30));
    let now = Utc::now() + TimeDelta::days(30);
    assert_eq!(
        admin::retry(&mut conn, second[0].id, now).await.unwrap(),
        admin::Retried::Waiting
    );
    wait_for("it to complete", async || {
        rows(database.pool())
            .await
            .into_iter()
            .find(|row| row.state == "completed")
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_fetches_only_kinds_that_it_knows() {
    let database = Database::new().await;
    let (old, new) = (Log::default(), Log::default());
    let log = |log: &Log| {
        let log = log.clone();
        Scripted::new(move |name, _| {
            log.add(name);
            async { Outcome::Done }
        })
    };
    let old_worker = Worker::start(database.pool(), Registry::new().handle::<Probe>(log(&old)), hasty()).await;
    enqueue(&database, vec![Page::new("new kind"), Probe::new("old kind")]).await;
    becomes(database.pool(), "old kind", "completed").await;
    assert_eq!(states(database.pool()).await[0], ("new kind".into(), "waiting".into()));
    let new_worker = Worker::start(database.pool(), Registry::new().handle::<Page>(log(&new)), hasty()).await;
    becomes(database.pool(), "new kind", "completed").await;
    assert_eq!(
        (old.all(), new.all()),
        (vec!["old kind".to_owned()], vec!["new kind".to_owned()])
    );
    old_worker.stop().await;
    new_worker.stop().await;
}

#[tokio::test]
async fn the_same_kind_twice_is_refused() {
    let database = Database::new().await;
    let registry = logging(&Log::default()).merge(logging(&Log::default()));
    let error = queue::run(database.pool().clone(), registry, patient(), CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "these are registered twice: test.probe");
}

#[tokio::test]
async fn after_a_rate_limit_jobs_come_back_spread_and_none_too_early() {
    const LIMIT: Duration = Duration::from_secs(10);
    let database = Database::new().await;
    let registry = probes(async |_, _| Outcome::rate_limited(LIMIT, "a rate limit"));
    let worker = Worker::start(database.pool(), registry, patient()).await;
    let began = Utc::now();
    enqueue(&database, (0..20).map(|_| Probe::new("limited")).collect()).await;
    wait_for("the jobs to be limited", async || {
        let limited = rows(database.pool()).await;
        limited
            .iter()
            .all(|row| row.state == "waiting" && row.attempt == 1)
            .then_some(())
    })
    .await;
    let ended = Utc::now();
    worker.stop().await;
    let mut runs: Vec<chrono::DateTime<Utc>> =
        sqlx::query_scalar("SELECT run_at FROM jobs WHERE kind = 'test.probe' ORDER BY run_at")
            .fetch_all(database.pool())
            .await
            .unwrap();
    // Up to a quarter and a quarter of a second longer.
    let most = LIMIT.mul_f64(1.25) + Duration::from_millis(250);
    assert!(runs.iter().all(|at| *at >= began + LIMIT), "{began} {runs:?}");
    assert!(runs.iter().all(|at| *at <= ended + most), "{ended} {runs:?}");
    runs.dedup();
    assert!(runs.len() > 15, "{runs:?}");
}
