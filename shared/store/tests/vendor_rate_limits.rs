//! Limits of vendors that all replicas obey together.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside the test functions")]

use std::time::Duration;

use futures_util::future::join_all;
use store::vendor_rate_limits::{note, take_place, wait};
use testing::Database;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_limit_is_known_to_everybody_and_never_shortened() {
    let database = Database::new().await;
    let mut conn = database.pool().acquire().await.unwrap();
    assert_eq!(wait(&mut conn, "pagerduty").await.unwrap(), None);
    note(&mut conn, "pagerduty", 60 * SECOND).await.unwrap();
    note(&mut conn, "pagerduty", SECOND).await.unwrap();
    let known = wait(&mut conn, "pagerduty").await.unwrap().unwrap();
    assert!(known > 50 * SECOND && known <= 60 * SECOND, "{known:?}");
    assert_eq!(wait(&mut conn, "statuspage").await.unwrap(), None);
}

#[tokio::test]
async fn places_are_a_pace_apart_however_many_ask() {
    let database = Database::new().await;
    let ask = || async {
        let mut conn = database.pool().acquire().await.unwrap();
        take_place(&mut conn, "statuspage", 10 * SECOND, 25 * SECOND)
            .await
            .unwrap()
    };
    let places = join_all((0..6).map(|_| ask())).await;
    let (mut taken, refused): (Vec<_>, Vec<_>) = places.into_iter().partition(Result::is_ok);
    taken.sort();
    let taken: Vec<_> = taken.into_iter().flatten().collect();
    assert_eq!((taken.len(), refused.len()), (3, 3), "the first three fit within 25 s");
    for (place, taken) in taken.iter().enumerate() {
        let expected = 10 * SECOND * u32::try_from(place).unwrap();
        assert!(
            *taken <= expected && *taken + 5 * SECOND > expected,
            "{place}: {taken:?}"
        );
    }
    for refused in refused {
        let until = refused.unwrap_err();
        assert!(until > 25 * SECOND && until <= 30 * SECOND, "{until:?}");
    }
}
