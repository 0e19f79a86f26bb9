//! The pace of calls to Slack: published limits kept by all replicas, probed one call at a time.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::time::Duration;

use futures_util::future::join_all;
use store::slack_rate_limits::{Limit, Turn, note, probed, take};
use testing::Database;

const MINUTE: Duration = Duration::from_mins(1);
/// Of a method.
const TWENTY: Option<Limit> = Some(Limit { calls: 20, per: MINUTE });
/// Of a channel.
const ONE: Option<Limit> = Some(Limit {
    calls: 1,
    per: Duration::from_secs(10),
});

/// Takes this many turns at once.
async fn burst(database: &Database, calls: usize, method: &str, channel: &str, limit: Option<Limit>) -> Vec<Turn> {
    let one = || async {
        let mut conn = database.pool().acquire().await.unwrap();
        take(&mut conn, method, channel, limit).await.unwrap()
    };
    join_all((0..calls).map(|_| one())).await
}

fn count(turns: &[Turn], turn: Turn) -> usize {
    turns.iter().filter(|one| **one == turn).count()
}

async fn strictly(database: &Database) {
    let mut conn = database.pool().acquire().await.unwrap();
    note(&mut conn, "some.method", "", Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn as_many_as_published_go_at_once_and_one_more_as_a_probe() {
    let database = Database::new().await;
    let turns = burst(&database, 40, "conversations.create", "", TWENTY).await;
    assert_eq!((count(&turns, Turn::Go), count(&turns, Turn::Probe)), (20, 1));
    let soon = |turn: &&Turn| matches!(turn, Turn::Wait(wait) if *wait < Duration::from_secs(1));
    assert_eq!(
        turns.iter().filter(soon).count(),
        19,
        "the others hear soon what came of it"
    );
    // Another limit is not probed meanwhile.
    let turns = burst(&database, 3, "chat.postMessage", "C1", ONE).await;
    assert_eq!((count(&turns, Turn::Go), count(&turns, Turn::Probe)), (1, 0));
}

#[tokio::test]
async fn what_slack_takes_beyond_is_used() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    burst(&database, 21, "conversations.create", "", TWENTY).await;
    probed(&mut conn, "conversations.create", "", true).await.unwrap();
    let turns = burst(&database, 139, "conversations.create", "", TWENTY).await;
    assert_eq!(count(&turns, Turn::Go), 139);
    let turns = burst(&database, 2, "conversations.create", "", TWENTY).await;
    assert_eq!(count(&turns, Turn::Probe), 1);
    probed(&mut conn, "conversations.create", "", true).await.unwrap();
    let turns = burst(&database, 300, "pins.add", "", TWENTY).await;
    assert_eq!(count(&turns, Turn::Go), 300, "Slack does not keep its limits");
    note(&mut conn, "pins.add", "", Duration::ZERO).await.unwrap();
    let turns = burst(&database, 30, "conversations.invite", "", TWENTY).await;
    assert_eq!(
        (count(&turns, Turn::Go), count(&turns, Turn::Probe)),
        (20, 0),
        "until it does"
    );
}

#[tokio::test]
async fn what_a_channel_takes_says_nothing_of_others() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    burst(&database, 2, "chat.postMessage", "C1", ONE).await;
    probed(&mut conn, "chat.postMessage", "C1", true).await.unwrap();
    let turns = burst(&database, 6, "chat.postMessage", "C1", ONE).await;
    assert_eq!(count(&turns, Turn::Go), 6);
    let turns = burst(&database, 2, "chat.postMessage", "C2", ONE).await;
    assert_eq!((count(&turns, Turn::Go), count(&turns, Turn::Probe)), (1, 1));
    // Of a probe that was lost nobody learns anything.
    probed(&mut conn, "chat.postMessage", "C2", false).await.unwrap();
    let turns = burst(&database, 2, "chat.postMessage", "C2", ONE).await;
    assert_eq!((count(&turns, Turn::Go), count(&turns, Turn::Probe)), (0, 1));
}

#[tokio::test]
async fn who_has_to_wait_comes_back_one_after_the_other() {
    let database = Database::new().await;
    strictly(&database).await;
    let turns = burst(&database, 5, "chat.postMessage", "C1", ONE).await;
    let mut waits: Vec<_> = turns
        .iter()
        .filter_map(|turn| match turn {
            Turn::Wait(wait) => Some(wait.as_secs_f64()),
            _ => None,
        })
        .collect();
    waits.sort_by(f64::total_cmp);
    assert_eq!(waits.len(), 4);
    for (place, wait) in (1..).zip(waits) {
        let expected = f64::from(place) * 10.0;
        assert!((expected - 5.0..=expected).contains(&wait), "{place}: {wait}");
    }
}

#[tokio::test]
async fn what_slack_said_itself_holds_for_everybody() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    note(&mut conn, "chat.postMessage", "C1", MINUTE).await.unwrap();
    note(&mut conn, "chat.postMessage", "C1", Duration::ZERO).await.unwrap();
    let turn = take(&mut conn, "chat.postMessage", "C1", ONE).await.unwrap();
    assert!(
        matches!(turn, Turn::Wait(wait) if wait > Duration::from_secs(50)),
        "{turn:?}"
    );
    assert_eq!(take(&mut conn, "chat.postMessage", "C2", ONE).await.unwrap(), Turn::Go);
    note(&mut conn, "auth.test", "", MINUTE).await.unwrap();
    let turn = take(&mut conn, "auth.test", "", None).await.unwrap();
    assert!(
        matches!(turn, Turn::Wait(_)),
        "also where nothing is known ahead: {turn:?}"
    );
}
