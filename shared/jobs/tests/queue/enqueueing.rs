//! Enqueue is part of the caller's transaction; coalesced jobs have one waiting twin; once-only keys stay taken.

use std::sync::Arc;
use std::time::Duration;

use jobs::Outcome;
use testing::Database;
use tokio::sync::Semaphore;

use crate::support::*;

#[tokio::test]
async fn a_job_exists_exactly_when_its_transaction_commits() {
    let database = Database::new().await;
    let log = Log::default();
    let seen = log.clone();
    let worker = Worker::start(
        database.pool(),
        probes(move |name, _| {
            seen.add(name);
            async { Outcome::Done }
        }),
        patient(),
    )
    .await;

    let mut rolled_back = database.pool().begin().await.unwrap();
    jobs::enqueue(&mut rolled_back, vec![Probe::new("never")]).await.unwrap();
    rolled_back.rollback().await.unwrap();
    let mut committed = database.pool().begin().await.unwrap();
    jobs::enqueue(&mut committed, vec![Probe::new("now")]).await.unwrap();
    assert_eq!(log.all(), [""; 0]);
    committed.commit().await.unwrap();

    all_become(database.pool(), "completed").await;
    assert_eq!(log.reaches(1).await, ["now"]);
    assert_eq!(states(database.pool()).await.len(), 1);
    worker.stop().await;
}
