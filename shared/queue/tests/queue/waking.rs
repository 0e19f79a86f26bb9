//! No wake-up is lost. Nothing is polled here: a lost one would leave a job waiting for an hour.

use std::time::Duration;

use queue::{Config, Registry};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testing::{Database, Proxy};

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_wakes_whatever_the_engine_is_doing() {
    const PRODUCERS: usize = 4;
    const JOBS: usize = 100;
    let database = Database::new().await;
    let log = Log::default();
    let worker = Worker::start(database.pool(), logging(&log), slots(3)).await;
    let mut producers = tokio::task::JoinSet::new();
    for producer in 0..PRODUCERS {
        let (pool, log) = (database.pool().clone(), log.clone());
        producers.spawn(async move {
            for n in 0..JOBS {
                let name = format!("{producer}/{n}");
                queue::enqueue(&mut pool.acquire().await.unwrap(), vec![Probe::new(&name)])
                    .await
                    .unwrap();
                if n % 10 == 0 {
                    // Into an idle queue, too.
                    log.has(&name).await;
                }
            }
        });
    }
    producers.join_all().await;
    log.reaches(PRODUCERS * JOBS).await;
    assert!(log.counts().values().all(|count| *count == 1));
    worker.stop().await;
}

#[tokio::test]
async fn jobs_of_several_queues_wake_their_own() {
    let database = Database::new().await;
    let log = Log::default();
    let documents = log.clone();
    let registry = logging(&log).merge(Registry::new().handle::<Document>(Scripted::new(move |name, _| {
        documents.add(name);
        async { queue::Outcome::Done }
    })));
    let config = Config {
        queues: ALL.to_vec(),
        ..patient()
    };
    let worker = Worker::start(database.pool(), registry, config).await;
    enqueue(&database, vec![Document::new("document"), Probe::new("probe")]).await;
    let mut all = log.reaches(2).await;
    all.sort();
    assert_eq!(all, ["document", "probe"]);
    worker.stop().await;
}

#[tokio::test]
async fn what_is_enqueued_while_the_ear_is_deaf_is_found() {
    let database = Database::new().await;
    let log = Log::default();
    let worker = Worker::start(database.pool(), logging(&log), patient()).await;
    for round in 0..5 {
        let mut tx = database.pool().begin().await.unwrap();
        sqlx::query(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN job_workers w
                 ON (l.classid::bigint << 32 | l.objid::bigint) = w.lock_key WHERE l.locktype = 'advisory'",
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        queue::enqueue(&mut tx, vec![Probe::new(round)]).await.unwrap();
        tx.commit().await.unwrap();
        log.reaches(round + 1).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn a_connection_that_dies_without_a_word_is_replaced() {
    let database = Database::new().await;
    let options: PgConnectOptions = database.url().parse().unwrap();
    let proxy = Proxy::before(database.url()).await;
    let pool = PgPoolOptions::new().connect_lazy_with(options.host("127.0.0.1").port(proxy.address().port()));
    let log = Log::default();
    // Other connections are given up when a statement takes half a lease.
    let config = Config {
        lease: Duration::from_secs(2),
        ..patient()
    };
    let worker = Worker::start(&pool, logging(&log), config).await;
    enqueue(&database, vec![Probe::new("before")]).await;
    log.reaches(1).await;
    proxy.black_hole();
    enqueue(&database, vec![Probe::new("during")]).await;
    log.has("during").await;
    enqueue(&database, vec![Probe::new("after")]).await;
    log.reaches(3).await;
    worker.stop().await;
}
