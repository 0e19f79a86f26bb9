//! Which change of a setting is the last one.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use chrono::DateTime;
use serde_json::json;
use store::settings::{change, fill, load, revisions, set};
use testing::Database;

#[tokio::test]
async fn every_change_counts_and_outlives_the_row() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    fill(&mut conn, &[("channel_topic", json!("Be kind"))]).await.unwrap();
    let filled = revisions(&mut conn).await.unwrap().remove("channel_topic").unwrap();
    assert_eq!((filled.number, filled.changed_by), (1, None));
    change(&mut conn, "channel_topic", Some(&json!("Be quick")), "Ada", now)
        .await
        .unwrap();
    change(&mut conn, "channel_topic", None, "Bob", now).await.unwrap();
    let reset = revisions(&mut conn).await.unwrap().remove("channel_topic").unwrap();
    assert_eq!((reset.number, reset.changed_by.as_deref()), (3, Some("Bob")));
    assert_eq!(reset.changed_at, Some(now));
    let rows = sqlx::query("SELECT FROM settings").fetch_all(&mut conn).await.unwrap();
    assert!(rows.is_empty(), "no row stands in the way of a better default");

    // What was made once is not filled again.
    fill(&mut conn, &[("channel_topic", json!("Be kind"))]).await.unwrap();
    assert_eq!(load(&mut conn).await.unwrap().channel_topic, "");
    // What is changed by hand is nobody's change in the console.
    set(&mut conn, "channel_topic", &json!("By hand")).await.unwrap();
    let by_hand = revisions(&mut conn).await.unwrap().remove("channel_topic").unwrap();
    assert_eq!((by_hand.number, by_hand.changed_by), (4, None));
}
