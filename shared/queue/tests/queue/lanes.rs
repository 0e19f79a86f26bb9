//! The jobs of a lane run one at a time and in order, whatever happens to them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use queue::{Config, JobContext, NewJob, Outcome, Registry, admin};
use testing::{Database, wait_for};
use tokio::sync::Semaphore;

use crate::support::*;

fn lane(lane: &str, name: impl ToString) -> NewJob {
    Probe::new(name).lane(lane)
}

/// Watches that no two jobs of a lane overlap; the lane is the name up to the slash.
#[derive(Clone, Default)]
struct Lanes {
    running: Arc<Mutex<BTreeMap<String, String>>>,
    overlaps: Log,
    done: Log,
}

impl Lanes {
    fn registry(&self) -> Registry {
        let lanes = self.clone();
        probes(move |name: String, context: JobContext| {
            let lanes = lanes.clone();
            async move {
                let lane = name.split('/').next().unwrap_or_default().to_owned();
                if let Some(other) = lanes.running.lock().unwrap().insert(lane.clone(), name.clone()) {
                    lanes.overlaps.add(format!("{name} during {other}"));
                }
                tokio::task::yield_now().await;
                lanes.running.lock().unwrap().remove(&lane);
                // Some fail once, some are put off once, some are not wanted: whoever comes after them waits or goes on.
                match (context.id().as_u128() % 7, context.attempt()) {
                    (0, 1) => Outcome::retry("Slack failed"),
                    (1, 1) => Outcome::snooze(Duration::from_millis(5), "a rate limit"),
                    (2, _) => {
                        lanes.done.add(name);
                        Outcome::discard("not wanted")
                    }
                    _ => {
                        lanes.done.add(name);
                        Outcome::Done
                    }
                }
            }
        })
    }

    /// What was done, by lane.
    fn by_lane(&self) -> BTreeMap<String, Vec<usize>> {
        let mut lanes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for name in self.done.all() {
            let (lane, number) = name.split_once('/').unwrap();
            lanes.entry(lane.to_owned()).or_default().push(number.parse().unwrap());
        }
        lanes
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_engines_race_for_lanes_that_are_still_filled() {
    const LANES: usize = 12;
    const JOBS: usize = 40;
    let database = Database::new().await;
    let lanes = Lanes::default();
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(Worker::start(database.pool(), lanes.registry(), hasty()).await);
    }
    let mut producers = tokio::task::JoinSet::new();
    for n in 0..LANES {
        let pool = database.pool().clone();
        producers.spawn(async move {
            for job in 0..JOBS {
                let job = lane(&format!("lane {n}"), format!("{n}/{job}"));
                queue::enqueue(&mut pool.acquire().await.unwrap(), vec![job])
                    .await
                    .unwrap();
            }
        });
    }
    producers.join_all().await;
    wait_for("all jobs to end", async || {
        let rows = rows(database.pool()).await;
        rows.iter()
            .all(|row| row.state == "completed" || row.state == "discarded")
            .then_some(())
    })
    .await;
    assert_eq!(lanes.overlaps.all(), [""; 0]);
    let by_lane = lanes.by_lane();
    assert_eq!(by_lane.len(), LANES);
    for (lane, done) in by_lane {
        assert_eq!(done, (0..JOBS).collect::<Vec<_>>(), "lane {lane}");
    }
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test]
async fn one_call_fills_a_lane_in_its_order() {
    let database = Database::new().await;
    let lanes = Lanes::default();
    // Keys sort the other way round: locks are taken in their order, places in the lane are not.
    let jobs = (0..30)
        .map(|n| lane("lane", format!("a/{n}")).coalesce(format!("key {}", 99 - n)))
        .collect();
    enqueue(&database, jobs).await;
    let worker = Worker::start(database.pool(), lanes.registry(), patient()).await;
    wait_for("all jobs", async || (lanes.done.all().len() == 30).then_some(())).await;
    assert_eq!(lanes.by_lane()["a"], (0..30).collect::<Vec<_>>());
    worker.stop().await;
}

#[tokio::test]
async fn one_that_waits_for_its_retry_holds_its_lane_only() {
    let database = Database::new().await;
    let log = Log::default();
    let seen = log.clone();
    let registry = probes(move |name, _| {
        seen.add(&name);
        async move {
            if name == "stuck" {
                Outcome::snooze(HOUR / 2, "a rate limit")
            } else {
                Outcome::Done
            }
        }
    });
    let worker = Worker::start(database.pool(), registry, slots(1)).await;
    enqueue(
        &database,
        vec![
            lane("a", "stuck"),
            lane("a", "behind"),
            lane("b", "beside"),
            Probe::new("free"),
        ],
    )
    .await;
    becomes(database.pool(), "free", "completed").await;
    becomes(database.pool(), "beside", "completed").await;
    assert_eq!(
        states(database.pool()).await[..2],
        [("stuck".into(), "waiting".into()), ("behind".into(), "waiting".into())]
    );
    assert!(!log.all().contains(&"behind".to_owned()));
    worker.stop().await;
}

#[tokio::test]
async fn a_discarded_one_frees_its_lane_and_comes_back_as_the_last() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held) = (log.clone(), gate.clone());
    let registry = probes(move |name, _| {
        seen.add(&name);
        let (gate, first) = (held.clone(), seen.all().len() == 1);
        async move {
            if first {
                return Outcome::discard("no such channel");
            }
            gate.acquire().await.unwrap().forget();
            Outcome::Done
        }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![lane("a", "bad"), lane("a", "next"), lane("a", "last")]).await;
    assert_eq!(log.reaches(2).await, ["bad", "next"]);
    let mut conn = database.connect().await;
    let id = admin::discarded(&mut conn, None, 10).await.unwrap()[0].id;
    assert_eq!(
        admin::retry(&mut conn, id, Utc::now()).await.unwrap(),
        admin::Retried::Waiting
    );
    gate.add_permits(3);
    assert_eq!(log.reaches(4).await, ["bad", "next", "last", "bad"]);
    all_become(database.pool(), "completed").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_job_that_its_handler_completes_in_a_transaction_holds_its_lane_until_the_commit() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held, pool) = (log.clone(), gate.clone(), database.pool().clone());
    let registry = probes(move |name, context: JobContext| {
        let (log, gate, pool) = (seen.clone(), held.clone(), pool.clone());
        async move {
            log.add(&name);
            if name == "first" {
                let mut tx = pool.begin().await.unwrap();
                context.complete(&mut tx).await.unwrap();
                log.add("completed, not committed");
                gate.acquire().await.unwrap().forget();
                tx.commit().await.unwrap();
            }
            Outcome::Done
        }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![lane("a", "first"), lane("a", "second")]).await;
    log.reaches(2).await;
    enqueue(&database, vec![Probe::new("beside"), lane("a", "third")]).await;
    log.reaches(3).await;
    gate.add_permits(1);
    assert_eq!(
        log.reaches(5).await,
        ["first", "completed, not committed", "beside", "second", "third"]
    );
    worker.stop().await;
}

#[tokio::test]
async fn a_lane_goes_on_where_a_caller_held_no_lock_and_came_late() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held) = (log.clone(), gate.clone());
    let registry = probes(move |name, context: JobContext| {
        seen.add(&name);
        let gate = held.clone();
        async move {
            if name == "second" && context.attempt() == 1 {
                gate.acquire().await.unwrap().forget();
                return Outcome::retry("Slack failed");
            }
            Outcome::Done
        }
    });
    let worker = Worker::start(
        database.pool(),
        registry,
        Config {
            poll: Duration::from_millis(20),
            ..patient()
        },
    )
    .await;
    let mut late = database.pool().begin().await.unwrap();
    queue::enqueue(&mut late, vec![lane("a", "first")]).await.unwrap();
    enqueue(&database, vec![lane("a", "second")]).await;
    log.reaches(1).await;
    late.commit().await.unwrap();
    // It is put behind the one that runs, though that one has the later place.
    wait_for("the late one to be put behind", async || {
        let behind: bool = sqlx::query_scalar("SELECT bool_or(behind) FROM jobs")
            .fetch_one(database.pool())
            .await
            .unwrap();
        behind.then_some(())
    })
    .await;
    gate.add_permits(1);
    assert_eq!(log.reaches(3).await, ["second", "first", "second"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_long_lane_does_not_keep_others_from_being_found() {
    let database = Database::new().await;
    let log = Log::default();
    let seen = log.clone();
    let registry = probes(move |name, _| {
        seen.add(&name);
        async move {
            if name == "head" {
                Outcome::snooze(HOUR / 2, "a rate limit")
            } else {
                Outcome::Done
            }
        }
    });
    let worker = Worker::start(database.pool(), registry, slots(2)).await;
    let mut jobs = vec![lane("long", "head")];
    jobs.extend((0..1000).map(|_| lane("long", "behind")));
    enqueue(&database, jobs).await;
    enqueue(&database, vec![Probe::new("free")]).await;
    becomes(database.pool(), "free", "completed").await;
    let mut all = log.all();
    all.sort();
    assert_eq!(all, ["free", "head"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_command_gets_its_locks_while_a_job_before_is_discarded() {
    const LOCK: &str = "SELECT FROM incident FOR UPDATE";
    let database = Database::new().await;
    sqlx::raw_sql("CREATE TABLE incident (id int); INSERT INTO incident VALUES (1)")
        .execute(database.pool())
        .await
        .unwrap();
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held) = (log.clone(), gate.clone());
    let handler = Scripted::new(move |name: String, _| {
        seen.add(&name);
        let gate = held.clone();
        async move {
            if name == "first" {
                gate.acquire().await.unwrap().forget();
                return Outcome::discard("no such channel");
            }
            Outcome::Done
        }
    });
    // To tell people it locks the incident.
    *handler.fail_discarded.lock().unwrap() = Some(LOCK);
    let draw = |name: &str| lane("panel", name).coalesce("panel");
    let registry = Registry::new().handle::<Probe>(handler.clone());
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![draw("first")]).await;
    log.reaches(1).await;
    enqueue(&database, vec![draw("second")]).await;
    wait_for("the second to be put behind the first", async || {
        let behind: bool = sqlx::query_scalar("SELECT behind FROM jobs WHERE payload->>'name' = 'second'")
            .fetch_one(database.pool())
            .await
            .unwrap();
        behind.then_some(())
    })
    .await;

    let mut command = database.pool().begin().await.unwrap();
    sqlx::query(LOCK).execute(&mut *command).await.unwrap();
    gate.add_permits(1);
    wait_for("the discard to wait for the command", async || {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query = $1)",
        )
        .bind(LOCK)
        .fetch_one(database.pool())
        .await
        .unwrap();
        waits.then_some(())
    })
    .await;
    sqlx::query("SET LOCAL lock_timeout = '500ms'")
        .execute(&mut *command)
        .await
        .unwrap();
    queue::enqueue(&mut command, vec![draw("third")]).await.unwrap();
    command.commit().await.unwrap();
    becomes(database.pool(), "third", "completed").await;
    assert_eq!(
        becomes(database.pool(), "first", "discarded").await.last_error.unwrap(),
        "no such channel"
    );
    assert_eq!(log.all(), ["first", "third"]);
    worker.stop().await;
}
