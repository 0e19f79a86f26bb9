//! Commits that come back when they are on disk.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use sqlx::PgPool;
use testing::Database;

async fn flushed_past(pool: &PgPool, place: &str) -> bool {
    sqlx::query_scalar("SELECT pg_current_wal_flush_lsn() > $1::pg_lsn")
        .bind(place)
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn synchronous_commit(pool: &PgPool) -> String {
    let shown = sqlx::query_scalar("SHOW synchronous_commit");
    shown.fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn what_was_committed_is_on_disk() {
    let database = Database::new().await;
    let pool = database.pool();
    let mut tx = pool.begin().await.unwrap();
    store::idempotency_keys::insert(&mut tx, "press", &serde_json::json!({}))
        .await
        .unwrap();
    let place: String = sqlx::query_scalar("SELECT pg_current_wal_insert_lsn()::text")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    store::commit(tx).await.unwrap();
    assert!(flushed_past(pool, &place).await);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency_keys")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn what_another_has_committed_without_waiting_is_on_disk_after_a_flush() {
    let database = Database::new().await;
    let pool = database.pool();
    let mut other = pool.acquire().await.unwrap();
    sqlx::raw_sql("SET synchronous_commit = off; INSERT INTO idempotency_keys (key, result) VALUES ('press', '{}')")
        .execute(&mut *other)
        .await
        .unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let place: String = sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - 1)::text")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    store::flush(&mut conn).await.unwrap();
    assert!(flushed_past(pool, &place).await);
}

#[tokio::test]
async fn a_commit_that_is_refused_leaves_nothing_and_a_connection_of_use() {
    let database = Database::new().await;
    let pool = database.pool();
    sqlx::raw_sql(
        "CREATE TABLE parents (id int PRIMARY KEY);
         CREATE TABLE children (parent int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)",
    )
    .execute(pool)
    .await
    .unwrap();
    let before = synchronous_commit(pool).await;
    let mut tx = pool.begin().await.unwrap();
    sqlx::raw_sql("INSERT INTO children VALUES (1)")
        .execute(&mut *tx)
        .await
        .unwrap();
    store::commit(tx).await.unwrap_err();
    let children: i64 = sqlx::query_scalar("SELECT count(*) FROM children")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(children, 0);
    assert_eq!(synchronous_commit(pool).await, before);
}
