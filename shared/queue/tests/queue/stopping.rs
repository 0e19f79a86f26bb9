//! A stop lets running jobs end, and gives the rest back untouched.

use std::sync::Arc;
use std::time::Duration;

use queue::{Config, JobContext, Outcome, Registry};
use testing::Database;
use tokio::sync::Semaphore;

use crate::support::*;

fn gated(log: &Log, gate: &Arc<Semaphore>) -> Registry {
    let (log, gate) = (log.clone(), gate.clone());
    probes(move |name, context: JobContext| {
        log.add(format!("{name} {}", context.attempt()));
        let gate = gate.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Outcome::Done
        }
    })
}

#[tokio::test]
async fn what_runs_may_end_and_nothing_new_begins() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let worker = Worker::start(database.pool(), gated(&log, &gate), slots(2)).await;
    enqueue(&database, vec![Probe::new("a"), Probe::new("b"), Probe::new("c")]).await;
    log.reaches(2).await;
    worker.ask_to_stop();
    enqueue(&database, vec![Probe::new("d")]).await;
    gate.add_permits(10);
    worker.stop().await;
    let states: Vec<_> = states(database.pool())
        .await
        .into_iter()
        .map(|(_, state)| state)
        .collect();
    assert_eq!(states, ["completed", "completed", "waiting", "waiting"]);
    assert_eq!(log.all().len(), 2);
}

#[tokio::test]
async fn what_does_not_end_is_given_back_untouched_and_others_have_it_at_once() {
    let database = Database::new().await;
    let (log, gate) = (Log::default(), Arc::new(Semaphore::new(0)));
    let config = Config {
        shutdown_grace: Duration::from_millis(100),
        ..slots(2)
    };
    let stopping = Worker::start(database.pool(), gated(&log, &gate), config).await;
    enqueue(&database, vec![Probe::new("a"), Probe::new("b")]).await;
    log.reaches(2).await;
    stopping.stop().await;
    for row in rows(database.pool()).await {
        assert_eq!(
            (row.state.as_str(), row.attempt, row.failures, row.lost_runs),
            ("waiting", 0, 0, 0)
        );
        assert_eq!(row.last_error, None);
    }
    gate.add_permits(10);
    let other = Worker::start(database.pool(), gated(&log, &gate), patient()).await;
    let mut all = log.reaches(4).await;
    all.sort();
    assert_eq!(all, ["a 1", "a 1", "b 1", "b 1"]);
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_leaves_nothing_running() {
    let database = Database::new().await;
    for round in 0..5 {
        let worker = Worker::start(database.pool(), logging(&Log::default()), slots(5)).await;
        enqueue(&database, (0..300).map(Probe::new).collect()).await;
        worker.stop().await;
        let running = rows(database.pool())
            .await
            .into_iter()
            .filter(|row| row.state == "running")
            .count();
        assert_eq!(running, 0, "round {round}");
    }
}
