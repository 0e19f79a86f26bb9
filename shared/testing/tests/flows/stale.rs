//! Incidents that are open for very long are listed.

use chrono::{TimeDelta, Utc};
use jobs::ListStale;
use testing::System;

use crate::declare::FIELDS;
use crate::matrix::Flow;

/// An incident is forgotten, and the hour strikes.
pub(crate) struct Stale;

impl Flow for Stale {
    async fn prepare(system: &System) {
        system
            .declare("alice", &[("Description", "Search is slow"), ("Severity", "🟦 SEV4")])
            .await;
        system.declared(1).await;
        system.choose("alice", "roles.assign/technical_lead", "bob").await;
        system.counted("role_holders", 1).await;
        system.settled().await;
        system.pass(TimeDelta::days(8)).await;
    }

    async fn run(system: &System) {
        system.tick(ListStale { tick: Utc::now() }.job()).await;
        system.counted("stale_posts WHERE posted_at IS NOT NULL", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_listed_without_private_ones_and_once_by_two_workers() {
    let mut system = System::start().await;
    system.add_worker();
    system.declare("alice", &FIELDS).await;
    system.declared(1).await;
    // Many more, as if they had been declared long ago; the last one is private.
    system
        .execute(
            "INSERT INTO incidents (id, title, description, severity, status, private, declared_by, declared_at, updated_at,
                                    channel_name)
             SELECT gen_random_uuid(), 'Old ' || n, 'Old', 'sev4', 'investigating', n = 60,
                    '{\"kind\":\"system\"}', now() - interval '9 days', now(), 'old-' || n
             FROM generate_series(1, 60) AS n",
        )
        .await;
    let tick = Utc::now();
    system.tick(ListStale { tick }.job()).await;
    system.counted("stale_posts WHERE posted_at IS NOT NULL", 1).await;
    system.settled().await;
    system
        .tick(
            ListStale {
                tick: tick + TimeDelta::hours(1),
            }
            .job(),
        )
        .await;
    system.settled().await;
    let posts: Vec<_> = system
        .sandbox
        .messages("incidents")
        .into_iter()
        .filter(|message| message.text.contains("open for"))
        .collect();
    assert_eq!(posts.len(), 3, "{posts:#?}");
    let all = serde_json::to_string(&posts).unwrap();
    assert!(
        all.contains("59 incidents have been open") && all.contains("Old 59"),
        "{all}"
    );
    assert!(!all.contains("Old 60") && !all.contains("Payments"), "{all}");
    system
        .tick(
            ListStale {
                tick: tick + TimeDelta::days(2),
            }
            .job(),
        )
        .await;
    system.counted("stale_posts WHERE posted_at IS NOT NULL", 2).await;
    system.end().await;
}
