//! Jobs that expire where nobody fetches them are discarded too.

use std::time::Duration;

use queue::{Config, Outcome, Registry};
use testing::{Database, wait_for};

use crate::support::*;

fn looking() -> Config {
    Config {
        expired_check: Duration::from_millis(10),
        ..patient()
    }
}

/// What a command locks first, and a job that is discarded last.
const LOCK: &str = "SELECT FROM incident FOR UPDATE";

async fn expire(database: &Database, ago: &str) {
    sqlx::query("UPDATE jobs SET expires_at = now() - $1::interval")
        .bind(ago)
        .execute(database.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn of_a_queue_that_nobody_serves_people_are_told() {
    let database = Database::new().await;
    enqueue(&database, vec![Document::new("document"), Document::new("in time")]).await;
    expire(&database, "2 minutes").await;
    sqlx::query("UPDATE jobs SET expires_at = now() + interval '1 hour' WHERE payload->>'name' = 'in time'")
        .execute(database.pool())
        .await
        .unwrap();
    let handler = Scripted::new(async |_, _| Outcome::Done);
    let registry = Registry::new().handle::<Document>(handler.clone());
    // It serves Slack's queue, and knows what a document is.
    let worker = Worker::start(database.pool(), registry, looking()).await;
    let reason = becomes(database.pool(), "document", "discarded")
        .await
        .last_error
        .unwrap();
    assert!(reason.ends_with("no worker serves its queue"), "{reason}");
    worker.stop().await;
    assert_eq!(handler.discarded.lock().unwrap().len(), 1);
    becomes(database.pool(), "in time", "waiting").await;
}

#[tokio::test]
async fn of_a_kind_that_nobody_knows_any_more_the_list_says_so() {
    let database = Database::new().await;
    enqueue(&database, vec![Notice::new("old"), Notice::new("newer")]).await;
    expire(&database, "2 hours").await;
    sqlx::query("UPDATE jobs SET expires_at = now() - interval '2 minutes' WHERE payload->>'name' = 'newer'")
        .execute(database.pool())
        .await
        .unwrap();
    let worker = Worker::start(database.pool(), logging(&Log::default()), looking()).await;
    let reason = becomes(database.pool(), "old", "discarded").await.last_error.unwrap();
    assert!(reason.contains("no worker knows this kind of job"), "{reason}");
    // A worker of another release may know it.
    becomes(database.pool(), "newer", "waiting").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_command_renews_one_that_is_about_to_be_discarded() {
    let database = Database::new().await;
    sqlx::raw_sql("CREATE TABLE incident (id int); INSERT INTO incident VALUES (1)")
        .execute(database.pool())
        .await
        .unwrap();
    enqueue(&database, vec![Document::new("expired").coalesce("document")]).await;
    expire(&database, "2 minutes").await;
    let mut command = database.pool().begin().await.unwrap();
    sqlx::query(LOCK).execute(&mut *command).await.unwrap();
    let handler = Scripted::new(async |_, _| Outcome::Done);
    *handler.fail_discarded.lock().unwrap() = Some(LOCK);
    let registry = Registry::new().handle::<Document>(handler.clone());
    let worker = Worker::start(database.pool(), registry, looking()).await;
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
    // Sooner than Postgres looks for a deadlock.
    sqlx::query("SET LOCAL lock_timeout = '800ms'")
        .execute(&mut *command)
        .await
        .unwrap();
    let renewed = Document::new("renewed").coalesce("document");
    queue::enqueue(&mut command, vec![renewed]).await.unwrap();
    command.commit().await.unwrap();
    worker.stop().await;
    assert_eq!(
        states(database.pool()).await,
        [("renewed".to_owned(), "waiting".to_owned())]
    );
    assert!(handler.discarded.lock().unwrap().is_empty());
}
