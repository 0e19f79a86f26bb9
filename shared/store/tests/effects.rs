//! What is known of effects: when to look, when to repeat, and what was kept.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use serde_json::json;
use sqlx::PgConnection;
use store::effects::{Attempt, Kept, Unknown, answered, begun, finish, finish_as, intend, refused, start, start_again};
use testing::Database;

async fn unknown(conn: &mut PgConnection, key: &str) -> Unknown {
    match start(conn, key).await.unwrap() {
        Attempt::Unknown(unknown) => unknown,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_is_always_remembered() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    // The clock is read twice when a row is made: in some of them the readings differ.
    for number in 0..200 {
        let key = format!("message/{number}");
        assert_eq!(start(&mut conn, &key).await.unwrap(), Attempt::Fresh);
        refused(&mut conn, &key).await.unwrap();
        assert!(!begun(&mut conn, &key).await.unwrap());
        assert_eq!(start(&mut conn, &key).await.unwrap(), Attempt::Fresh, "{key}");
        refused(&mut conn, &key).await.unwrap();
        assert_eq!(start(&mut conn, &key).await.unwrap(), Attempt::Fresh, "{key}, again");
    }
}

#[tokio::test]
async fn an_attempt_that_was_lost_stays_unknown_whatever_becomes_of_the_next_one() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    assert_eq!(start(&mut conn, "channel").await.unwrap(), Attempt::Fresh);
    let lost = unknown(&mut conn, "channel").await;
    assert!(!lost.answered);
    start_again(&mut conn, "channel").await.unwrap();
    refused(&mut conn, "channel").await.unwrap();
    let after = unknown(&mut conn, "channel").await;
    assert!(after.answered, "the refused one is over");
    assert_eq!(after.first_started_at, lost.first_started_at);
    assert!(after.since_first >= after.since_last);
    assert!(begun(&mut conn, "channel").await.unwrap());
}

#[tokio::test]
async fn an_error_that_is_an_answer_ends_its_attempt_only() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    assert_eq!(start(&mut conn, "message").await.unwrap(), Attempt::Fresh);
    answered(&mut conn, "message").await.unwrap();
    assert!(unknown(&mut conn, "message").await.answered);
    start_again(&mut conn, "message").await.unwrap();
    assert!(
        !unknown(&mut conn, "message").await.answered,
        "the next one was not answered"
    );
}

#[tokio::test]
async fn the_first_result_stays_with_its_version() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    assert_eq!(start(&mut conn, "page").await.unwrap(), Attempt::Fresh);
    finish_as(&mut conn, "page", 2, &json!({ "id": "P1" })).await.unwrap();
    finish(&mut conn, "page", &json!({ "id": "P2" })).await.unwrap();
    refused(&mut conn, "page").await.unwrap();
    let Attempt::Done(Kept { version, result, .. }) = start(&mut conn, "page").await.unwrap() else {
        panic!("not done");
    };
    assert_eq!((version, result), (2, json!({ "id": "P1" })));
}

#[tokio::test]
async fn what_an_effect_is_for_is_decided_once() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    assert_eq!(intend(&mut conn, "rca", "inc-1-rca").await.unwrap(), "inc-1-rca");
    assert_eq!(start(&mut conn, "rca").await.unwrap(), Attempt::Fresh);
    assert_eq!(intend(&mut conn, "rca", "inc-2-rca").await.unwrap(), "inc-1-rca");
    assert!(!unknown(&mut conn, "rca").await.answered);
}
