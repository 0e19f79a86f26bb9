//! Nothing grows for ever.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use store::retention::{Keep, TABLES, prune};
use testing::Database;

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn every_table_of_the_schema_has_its_line() {
    let database = Database::new().await;
    let tables = database
        .texts("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'incident_bot'")
        .await;
    let tables: BTreeSet<_> = tables.iter().map(String::as_str).collect();
    let listed: BTreeSet<_> = TABLES.iter().map(|(table, _)| *table).collect();
    assert_eq!(tables, listed, "retention.rs has a line for each table");
    assert!(TABLES.is_sorted_by_key(|(table, _)| *table), "in alphabetical order");
}

#[tokio::test]
async fn what_goes_with_a_parent_does() {
    let database = Database::new().await;
    let cascades = database
        .texts(
            "SELECT DISTINCT conrelid::regclass::text || ' ' || confrelid::regclass::text FROM pg_constraint
             WHERE contype = 'f' AND confdeltype = 'c'",
        )
        .await;
    for (table, keep) in TABLES {
        if let Keep::WithParent(parent) = keep {
            assert!(
                cascades.contains(&format!("{table} {parent}")),
                "{table} does not go with {parent}"
            );
        }
    }
}

#[tokio::test]
async fn only_what_is_old_goes() {
    let database = Database::new().await;
    let now = Utc::now();
    // A row of yesterday, or of half a year ago where that is young, and an old one.
    let rows: [(&str, &str, TimeDelta, TimeDelta); 10] = [
        (
            "idempotency_keys",
            "INSERT INTO idempotency_keys (key, result, created_at) VALUES (gen_random_uuid(), '{}', $1)",
            TimeDelta::days(1),
            TimeDelta::days(3),
        ),
        (
            "effects",
            "INSERT INTO effects (key, state, last_started_at) VALUES (gen_random_uuid(), 'started', $1)",
            TimeDelta::days(300),
            TimeDelta::days(401),
        ),
        (
            "sign_in_attempts",
            "INSERT INTO sign_in_attempts VALUES (gen_random_uuid(), '', '', $1)",
            TimeDelta::hours(1),
            TimeDelta::days(2),
        ),
        (
            "audit_log",
            "INSERT INTO audit_log VALUES (gen_random_uuid(), $1, NULL, '', '', '', '{}', '')",
            TimeDelta::days(600),
            TimeDelta::days(800),
        ),
        (
            "app_home_views",
            "INSERT INTO app_home_views (slack_user_id, opened_at, rendered_at) VALUES (gen_random_uuid(), $1, $1)",
            TimeDelta::days(30),
            TimeDelta::days(100),
        ),
        (
            "slack_rate_limit_windows",
            "INSERT INTO slack_rate_limit_windows (method, channel, used_at) VALUES (gen_random_uuid(), '', $1)",
            TimeDelta::minutes(1),
            TimeDelta::days(1),
        ),
        (
            "slack_rate_limits",
            "INSERT INTO slack_rate_limits VALUES (gen_random_uuid(), '', $1)",
            TimeDelta::minutes(1),
            TimeDelta::days(1),
        ),
        (
            "service_checks",
            "INSERT INTO service_checks VALUES (gen_random_uuid(), 'worker', '', '{}', '[]', $1, $1)",
            TimeDelta::minutes(30),
            TimeDelta::hours(2),
        ),
        (
            "stale_posts",
            "INSERT INTO stale_posts VALUES (gen_random_uuid(), $1, '{}')",
            TimeDelta::days(80),
            TimeDelta::days(100),
        ),
        (
            "upstream_outages",
            "INSERT INTO upstream_outages VALUES ('p', gen_random_uuid(), '', '', '', '', $1, $1, $1, NULL, $1)",
            TimeDelta::days(100),
            TimeDelta::days(200),
        ),
    ];
    for (_, insert, young, old) in rows {
        for age in [young, old] {
            sqlx::query(insert)
                .bind(now - age)
                .execute(database.pool())
                .await
                .unwrap();
        }
    }
    let mut conn = database.connect().await;
    assert_eq!(prune(&mut conn, now, LIMIT).await.unwrap(), rows.len() as u64);
    for (table, ..) in rows {
        let left: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(database.pool())
            .await
            .unwrap();
        assert_eq!(left, 1, "{table}");
    }
}

#[tokio::test]
async fn the_newest_post_of_forgotten_incidents_stays_however_old_it_is() {
    let database = Database::new().await;
    sqlx::query("INSERT INTO stale_posts VALUES (gen_random_uuid(), now() - interval '1 year', '{}')")
        .execute(database.pool())
        .await
        .unwrap();
    let mut conn = database.connect().await;
    assert_eq!(prune(&mut conn, Utc::now(), LIMIT).await.unwrap(), 0);
}

#[tokio::test]
async fn a_copy_that_was_never_complete_goes_and_the_one_that_is_made_stays() {
    let database = Database::new().await;
    for sql in [
        "UPDATE on_call_state SET shown = '00000000-0000-0000-0000-000000000001',
                                  copying = '00000000-0000-0000-0000-000000000002'",
        "INSERT INTO on_call_users (copy, id, name)
         SELECT ('00000000-0000-0000-0000-00000000000' || copy)::uuid, 'P1', 'Alice' FROM generate_series(1, 4) AS copy",
    ] {
        sqlx::raw_sql(sql).execute(database.pool()).await.unwrap();
    }
    let mut conn = database.connect().await;
    assert_eq!(prune(&mut conn, Utc::now(), LIMIT).await.unwrap(), 2);
    let left = database
        .texts("SELECT right(copy::text, 1) FROM on_call_users ORDER BY copy")
        .await;
    assert_eq!(left, ["1", "2"]);
}

#[tokio::test]
async fn more_than_a_batch_goes_at_once() {
    let database = Database::new().await;
    sqlx::raw_sql(
        "INSERT INTO idempotency_keys (key, result, created_at)
         SELECT 'old ' || n, '{}', now() - interval '3 days' FROM generate_series(1, 2500) AS n",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let mut conn = database.connect().await;
    assert_eq!(prune(&mut conn, Utc::now(), LIMIT).await.unwrap(), 2500);
}

#[tokio::test]
async fn the_audit_log_keeps_the_last_year_from_retention_too() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    sqlx::raw_sql(
        "INSERT INTO audit_log VALUES (gen_random_uuid(), now(), NULL, '', '', '', '{}', '');
         SET incident_bot.retention = 'on'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    for (change, reason) in [
        ("DELETE FROM audit_log", "younger than a year"),
        ("UPDATE audit_log SET who = ''", "audit_log only grows"),
        ("TRUNCATE audit_log", "audit_log only grows"),
    ] {
        let refused = sqlx::query(change).execute(&mut conn).await.unwrap_err();
        assert!(refused.to_string().contains(reason), "{change}: {refused}");
    }
}
