//! A running job that would go back to waiting while a newer twin waits has nothing left to do.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use queue::{Config, JobContext, NewJob, Outcome, Registry, admin};
use testing::Database;
use tokio::sync::Semaphore;

use crate::support::*;

fn draw(name: impl ToString) -> NewJob {
    Probe::new(name).coalesce("panel")
}

/// The job named "first" begins, waits for the gate and ends with `outcome`; all others are done.
fn held(log: &Log, gate: &Arc<Semaphore>, outcome: Outcome) -> Registry {
    let (log, gate) = (log.clone(), gate.clone());
    probes(move |name, _: JobContext| {
        log.add(&name);
        let (gate, outcome) = (gate.clone(), outcome.clone());
        async move {
            if name != "first" {
                return Outcome::Done;
            }
            gate.acquire().await.unwrap().forget();
            outcome
        }
    })
}

async fn ends_superseded(outcome: Outcome) {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let worker = Worker::start(database.pool(), held(&log, &gate, outcome), slots(1)).await;
    // In a lane, or the second might begin before the first one's answer is written.
    enqueue(&database, vec![draw("first").lane("panel")]).await;
    log.reaches(1).await;
    enqueue(&database, vec![draw("second").lane("panel")]).await;
    gate.add_permits(1);
    becomes(database.pool(), "first", "superseded").await;
    becomes(database.pool(), "second", "completed").await;
    assert_eq!(log.all(), ["first", "second"]);
    worker.stop().await;
}

#[tokio::test]
async fn a_retry_gives_way() {
    ends_superseded(Outcome::retry("Slack failed")).await;
}

#[tokio::test]
async fn a_snooze_gives_way() {
    ends_superseded(Outcome::snooze(Duration::ZERO, "a rate limit")).await;
}

#[tokio::test]
async fn a_stop_gives_way() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let config = Config {
        shutdown_grace: Duration::from_millis(10),
        ..slots(1)
    };
    let worker = Worker::start(database.pool(), held(&log, &gate, Outcome::Done), config).await;
    enqueue(&database, vec![draw("first")]).await;
    log.reaches(1).await;
    enqueue(&database, vec![draw("second")]).await;
    worker.stop().await;
    assert_eq!(
        states(database.pool()).await,
        [
            ("first".into(), "superseded".into()),
            ("second".into(), "waiting".into())
        ]
    );
}

#[tokio::test]
async fn ended_leases_give_way_and_of_several_the_newest_stays() {
    let database = Database::new().await;
    // As three processes leave them that died.
    for name in ["oldest", "older", "newest"] {
        enqueue(&database, vec![draw(name)]).await;
        sqlx::query(
            "UPDATE jobs SET state = 'running', locked_by = gen_random_uuid(), lease_expires_at = now() - interval '1 s',
                             attempt = 1, run_no = 1 WHERE state = 'waiting'",
        )
        .execute(database.pool())
        .await
        .unwrap();
    }
    let log = Log::default();
    let worker = Worker::start(database.pool(), logging(&log), hasty()).await;
    becomes(database.pool(), "newest", "completed").await;
    assert_eq!(
        states(database.pool()).await,
        [
            ("oldest".into(), "superseded".into()),
            ("older".into(), "superseded".into()),
            ("newest".into(), "completed".into())
        ]
    );
    assert_eq!(log.all(), ["newest"]);
    worker.stop().await;
}

#[tokio::test]
async fn an_ended_lease_gives_way_to_one_that_waits() {
    let database = Database::new().await;
    enqueue(&database, vec![draw("first")]).await;
    sqlx::query("UPDATE jobs SET state = 'running', locked_by = gen_random_uuid(), lease_expires_at = now()")
        .execute(database.pool())
        .await
        .unwrap();
    enqueue(&database, vec![draw("second").after(HOUR)]).await;
    let worker = Worker::start(database.pool(), logging(&Log::default()), hasty()).await;
    becomes(database.pool(), "first", "superseded").await;
    worker.stop().await;
}

#[tokio::test]
async fn of_two_that_run_and_fail_one_stays() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let (seen, held) = (log.clone(), gate.clone());
    let registry = probes(move |name, _| {
        seen.add(&name);
        let gate = held.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Outcome::snooze(HOUR / 2, "a rate limit")
        }
    });
    let worker = Worker::start(database.pool(), registry, patient()).await;
    enqueue(&database, vec![draw("first")]).await;
    log.reaches(1).await;
    enqueue(&database, vec![draw("second")]).await;
    log.reaches(2).await;
    gate.add_permits(2);
    testing::wait_for("one to give way", async || {
        let mut states: Vec<_> = states(database.pool())
            .await
            .into_iter()
            .map(|(_, state)| state)
            .collect();
        states.sort();
        (states == ["superseded", "waiting"]).then_some(())
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn a_discarded_one_tried_again_gives_way() {
    let database = Database::new().await;
    let worker = Worker::start(
        database.pool(),
        probes(async |name: String, _| {
            if name == "bad" {
                Outcome::discard("no such channel")
            } else {
                Outcome::Done
            }
        }),
        patient(),
    )
    .await;
    enqueue(&database, vec![draw("bad")]).await;
    becomes(database.pool(), "bad", "discarded").await;
    worker.stop().await;

    let mut conn = database.connect().await;
    let id = admin::discarded(&mut conn, None, 10).await.unwrap()[0].id;
    enqueue(&database, vec![draw("newer")]).await;
    assert_eq!(
        admin::retry(&mut conn, id, Utc::now()).await.unwrap(),
        admin::Retried::Superseded
    );
    assert_eq!(
        admin::retry(&mut conn, id, Utc::now()).await.unwrap(),
        admin::Retried::NotDiscarded
    );
    assert_eq!(
        states(database.pool()).await,
        [("newer".into(), "waiting".into()), ("bad".into(), "superseded".into())]
    );
}
