//! Queues that stall are noticed, and others are not.

use chrono::{TimeDelta, Utc};
use queue::{Outcome, Stalled, stalled};
use testing::{Database, wait_for};

use crate::support::*;

#[tokio::test]
async fn a_queue_whose_jobs_fail_again_and_again_stalls() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    let now = Utc::now();
    enqueue(
        &database,
        vec![
            Probe::new("head").lane("lane"),
            Probe::new("behind").lane("lane"),
            Probe::new("later").after(HOUR),
            Document::new("document"),
        ],
    )
    .await;
    assert_eq!(stalled(&mut conn, &ALL, now).await.unwrap(), [], "nothing is late yet");
    let minutes = now + TimeDelta::minutes(2);
    let late = stalled(&mut conn, &ALL, minutes).await.unwrap();
    let told: Vec<_> = late
        .iter()
        .map(|one| (one.queue, one.waiting, one.reason.is_some()))
        .collect();
    assert_eq!(
        told,
        [(SLACK, 2, false), (CONFLUENCE, 1, false)],
        "no worker takes them"
    );

    let worker = Worker::start(
        database.pool(),
        probes(async |_, _| Outcome::retry("Slack does not answer")),
        hasty(),
    )
    .await;
    wait_for("three failures", async || {
        let failures: i32 = sqlx::query_scalar("SELECT max(failures) FROM jobs")
            .fetch_one(database.pool())
            .await
            .unwrap();
        (failures >= 3).then_some(())
    })
    .await;
    worker.stop().await;
    let late = stalled(&mut conn, &ALL, Utc::now()).await.unwrap();
    let [
        Stalled {
            queue,
            since,
            waiting,
            reason,
        },
    ] = late.as_slice()
    else {
        panic!("{late:?}")
    };
    assert_eq!(
        (*queue, *waiting),
        (SLACK, 2),
        "what is planned for later does not wait"
    );
    assert_eq!(reason.as_deref(), Some("Slack does not answer"));
    assert!((*since - now).abs() < TimeDelta::seconds(10), "{since}");
}

#[tokio::test]
async fn a_queue_stalls_on_while_a_job_that_failed_is_tried_again() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    enqueue(&database, vec![Probe::new("hangs")]).await;
    sqlx::query(
        "UPDATE jobs SET failures = 3, last_error = 'Slack does not answer', state = 'running',
                locked_by = gen_random_uuid(), lease_expires_at = now() + interval '1 hour'",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    let late = stalled(&mut conn, &ALL, Utc::now()).await.unwrap();
    let told: Vec<_> = late.iter().map(|one| (one.queue, one.waiting)).collect();
    assert_eq!(told, [(SLACK, 1)]);
    assert_eq!(late[0].reason.as_deref(), Some("Slack does not answer"));
}

#[tokio::test]
async fn a_call_that_hangs_stalls_its_queue_at_its_first_failure() {
    let database = Database::new().await;
    let mut conn = database.connect().await;
    enqueue(&database, vec![Probe::new("hangs")]).await;
    sqlx::query("UPDATE jobs SET failures = 1, last_error = 'no answer in time'")
        .execute(&mut conn)
        .await
        .unwrap();
    let now = Utc::now();
    assert_eq!(stalled(&mut conn, &ALL, now).await.unwrap(), [], "it may be a hiccup");
    let late = stalled(&mut conn, &ALL, now + TimeDelta::seconds(9)).await.unwrap();
    assert_eq!(late.len(), 1);
}
