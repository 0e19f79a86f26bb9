//! Declarations while the database hangs.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::time::{Duration, Instant};

use chrono::Utc;
use domain::Actor;
use incidents::{Declaration, DeclareError, Desk, Request};
use store::PgPool;
use testing::{Database, Proxy};

/// Well above what one declaration may take while everything hangs.
const LIMIT: Duration = Duration::from_secs(6);

fn desk(pool: &PgPool) -> Desk {
    let (desk, serving) = Desk::open(pool.clone());
    tokio::spawn(serving);
    desk
}

async fn declare(desk: &Desk, what: &str) -> Result<domain::Incident, DeclareError> {
    let request = Request {
        key: what.to_owned(),
        actor: Actor::System,
        now: Utc::now(),
        channel: None,
        content: None,
        audit: None,
    };
    let declaration = Declaration {
        description: what.to_owned(),
        ..Declaration::default()
    };
    let started = Instant::now();
    let declared = desk.declare(request, declaration).await;
    assert!(started.elapsed() < LIMIT, "{what} took {:?}", started.elapsed());
    declared
}

async fn titles(database: &Database) -> Vec<String> {
    database.texts("SELECT title FROM incidents ORDER BY declared_at").await
}

#[tokio::test]
async fn a_lock_that_somebody_holds_stops_declarations_for_seconds_only() {
    let database = Database::new().await;
    let pool = store::connect(&store::Config::at(database.url()).unwrap());
    let desk = desk(&pool);
    let held = database.hold("LOCK TABLE incidents IN ACCESS EXCLUSIVE MODE").await;
    declare(&desk, "blocked").await.unwrap_err();
    drop(held);
    declare(&desk, "free again").await.unwrap();
    assert_eq!(titles(&database).await, ["free again"]);
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_declared() {
    let database = Database::new().await;
    let pool = store::connect(&store::Config::at(database.url()).unwrap());
    let desk = desk(&pool);
    let held = database.hold("LOCK TABLE incidents IN ACCESS EXCLUSIVE MODE").await;
    // The first is being written while the second waits behind it.
    let (first, second) = tokio::join!(
        declare(&desk, "being written"),
        tokio::time::timeout(Duration::from_millis(500), async {
            tokio::task::yield_now().await;
            declare(&desk, "taken back").await
        })
    );
    first.unwrap_err();
    second.unwrap_err();
    drop(held);
    declare(&desk, "wanted").await.unwrap();
    assert_eq!(titles(&database).await, ["wanted"]);
}

#[tokio::test]
async fn connections_that_are_cut_without_a_word_stop_declarations_for_seconds_only() {
    let database = Database::new().await;
    let proxy = Proxy::before(database.url()).await;
    let mut config = store::Config::at(&proxy.url(database.url())).unwrap();
    config.max_connections = 4;
    config.open_connections = 4;
    let pool = store::connect(&config);
    store::open(&pool).await.unwrap();
    let desk = desk(&pool);
    declare(&desk, "before").await.unwrap();
    proxy.black_hole();
    // The connection that was used last is taken to be alive; whoever comes next finds out about the others.
    let _ = declare(&desk, "lost").await;
    declare(&desk, "after").await.unwrap();
}
