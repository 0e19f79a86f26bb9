//! Periodic jobs come once for each tick, however many processes propose it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::clock::{Clock, MovableClock};
use queue::{Config, Outcome, Registry, admin};
use testing::{Database, wait_for};

use crate::support::*;

fn ticking(log: &Log, every: Duration) -> Registry {
    logging(log).periodic("ticks", every, Probe::at_tick)
}

#[tokio::test]
async fn each_tick_comes_once_on_two_replicas() {
    let database = Database::new().await;
    let log = Log::default();
    let config = Config {
        poll: Duration::from_millis(10),
        ..patient()
    };
    let every = Duration::from_millis(100);
    let one = Worker::start(database.pool(), ticking(&log, every), config.clone()).await;
    let other = Worker::start(database.pool(), ticking(&log, every), config).await;
    log.reaches(20).await;
    one.stop().await;
    other.stop().await;
    let doubled: Vec<_> = log.counts().into_iter().filter(|(_, count)| *count > 1).collect();
    assert_eq!(doubled, []);
}

#[tokio::test]
async fn ticks_missed_while_all_were_down_are_caught_up_once() {
    let database = Database::new().await;
    let (log, clock) = (Log::default(), MovableClock::default());
    let config = Config {
        clock: Arc::new(clock.clone()),
        ..hasty()
    };
    let every = Duration::from_hours(1);
    let worker = Worker::start(database.pool(), ticking(&log, every), config.clone()).await;
    log.reaches(1).await;
    worker.stop().await;

    clock.advance(TimeDelta::hours(10));
    let worker = Worker::start(database.pool(), ticking(&log, every), config).await;
    let ticks = log.reaches(2).await;
    let mut conn = database.connect().await;
    queue::enqueue_at(&mut conn, clock.now(), vec![Probe::new("a while later")])
        .await
        .unwrap();
    assert_eq!(log.reaches(3).await[2], "a while later");
    let last: DateTime<Utc> = ticks[1].parse().unwrap();
    assert!(clock.now() - last < TimeDelta::hours(1), "{ticks:?}");

    let upcoming = admin::upcoming(&mut conn).await.unwrap();
    let ticks = upcoming.iter().find(|upcoming| upcoming.name == "ticks").unwrap();
    assert_eq!((ticks.queue.as_str(), ticks.every, ticks.last), ("slack", every, last));
    assert_eq!(ticks.next, last + TimeDelta::hours(1));
    worker.stop().await;
}

#[tokio::test]
async fn ticks_do_not_pile_up() {
    let database = Database::new().await;
    let clock = MovableClock::default();
    let config = Config {
        clock: Arc::new(clock.clone()),
        ..hasty()
    };
    // Nobody here has a handler for them.
    let registry = logging(&Log::default()).periodic("pages", Duration::from_hours(1), Page::at_tick);
    let worker = Worker::start(database.pool(), registry, config).await;
    let waiting = async || {
        rows(database.pool())
            .await
            .into_iter()
            .map(|row| row.name)
            .collect::<Vec<_>>()
    };
    wait_for("the first", async || (waiting().await.len() == 1).then_some(())).await;
    let first = waiting().await;
    clock.advance(TimeDelta::hours(1));
    let next = wait_for("the next", async || Some(waiting().await).filter(|now| *now != first)).await;
    assert_eq!(next.len(), 1);
    worker.stop().await;
}

#[tokio::test]
async fn a_queue_that_is_not_consumed_here_gets_none() {
    let database = Database::new().await;
    let log = Log::default();
    let registry =
        ticking(&log, Duration::from_millis(50)).periodic("documents", Duration::from_millis(50), Document::at_tick);
    let config = Config {
        queues: vec![SLACK],
        poll: Duration::from_millis(10),
        ..patient()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    log.reaches(5).await;
    worker.stop().await;
    let documents: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE kind = 'test.document'")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(documents, 0);
}

#[tokio::test]
async fn finished_jobs_go_after_a_while_and_their_keys_stay_taken() {
    let database = Database::new().await;
    let clock = MovableClock::default();
    let registry = probes(async |name: String, _| {
        if name == "bad" {
            queue::Outcome::discard("no such channel")
        } else {
            queue::Outcome::Done
        }
    });
    let config = Config {
        clock: Arc::new(clock.clone()),
        ..hasty()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(&database, vec![Probe::new("good").once("good"), Probe::new("bad")]).await;
    enqueue(&database, vec![Probe::new("waits").after(1000 * 24 * HOUR)]).await;
    becomes(database.pool(), "good", "completed").await;
    becomes(database.pool(), "bad", "discarded").await;
    let become_names = async |names: &[&str]| {
        wait_for(&format!("{names:?}"), async || {
            let left: Vec<_> = rows(database.pool()).await.into_iter().map(|row| row.name).collect();
            (left == names).then_some(())
        })
        .await;
    };
    clock.advance(TimeDelta::days(6));
    become_names(&["good", "bad", "waits"]).await;
    clock.advance(TimeDelta::days(2));
    become_names(&["bad", "waits"]).await;
    clock.advance(TimeDelta::days(83));
    become_names(&["waits"]).await;
    enqueue(&database, vec![Probe::new("good").once("good")]).await;
    become_names(&["waits"]).await;
    worker.stop().await;
}

#[tokio::test]
async fn one_that_nobody_proposes_any_more_is_not_scheduled_and_forgotten_later() {
    let database = Database::new().await;
    let now = Utc::now();
    for (name, last) in [
        ("alive", now),
        ("removed", now - TimeDelta::hours(3)),
        ("long gone", now - TimeDelta::days(30)),
    ] {
        sqlx::query("INSERT INTO job_ticks (name, queue, every, last_tick) VALUES ($1, 'slack', '1 hour', $2)")
            .bind(name)
            .bind(last)
            .execute(database.pool())
            .await
            .unwrap();
    }
    let mut conn = database.connect().await;
    let plans = admin::Plans {
        queue: SLACK,
        kinds: &[],
    };
    let scheduled = admin::scheduled(&mut conn, plans, now).await.unwrap();
    assert_eq!(
        scheduled.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(),
        ["alive"]
    );

    let worker = Worker::start(database.pool(), Registry::new(), patient()).await;
    wait_for("the long gone one to be forgotten", async || {
        let upcoming = admin::upcoming(&mut conn).await.unwrap();
        let names: Vec<_> = upcoming.into_iter().map(|upcoming| upcoming.name).collect();
        (names == ["removed", "jobs.housekeeping", "alive"]).then_some(())
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn old_jobs_are_deleted_in_batches_around_one_that_is_locked() {
    let database = Database::new().await;
    // One more than a statement deletes.
    sqlx::query(
        "INSERT INTO jobs (id, queue, kind, priority, payload, state, run_at, created_at, horizon, expires_at, finished_at)
         SELECT gen_random_uuid(), 'slack', 'test.old', 0, '{}', 'discarded', old, old, interval '1 hour', old, old
         FROM generate_series(1, 5001), (SELECT now() - interval '1 year' AS old) AS ages",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let mut other = database.pool().begin().await.unwrap();
    sqlx::query("SELECT id FROM jobs WHERE kind = 'test.old' LIMIT 1 FOR UPDATE")
        .execute(&mut *other)
        .await
        .unwrap();
    let worker = Worker::start(database.pool(), probes(async |_, _| Outcome::Done), patient()).await;
    wait_for("the engine's housekeeping", async || {
        let done = "SELECT count(*) FROM jobs WHERE kind = 'jobs.housekeeping' AND state = 'completed'";
        let done: i64 = sqlx::query_scalar(done).fetch_one(database.pool()).await.unwrap();
        (done == 1).then_some(())
    })
    .await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE kind = 'test.old'")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(left, 1);
    other.rollback().await.unwrap();
    worker.stop().await;
}
