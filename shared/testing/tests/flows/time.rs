//! Thirty days with a moved clock: what comes by itself comes when it should, once each, over restarts and two replicas.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;
use testing::System;

use crate::declare::FIELDS;
use crate::status::resolve;

/// How far apart the looks are while minutes matter.
const MINUTES: TimeDelta = TimeDelta::minutes(5);
/// How far apart they are while days do.
const HOURS: TimeDelta = TimeDelta::hours(6);

/// Something that happened, in minutes since the beginning.
type Moments = Vec<i64>;

struct Month {
    system: System,
    began: DateTime<Utc>,
}

impl Month {
    fn passed(&self) -> TimeDelta {
        self.system.clock.now() - self.began
    }

    /// Moves the clock in steps until this much has passed since the beginning.
    async fn until(&self, time: TimeDelta, step: TimeDelta) {
        while self.passed() < time {
            self.system
                .move_clock(step.min(time - self.passed() + TimeDelta::seconds(1)))
                .await;
        }
    }

    /// When the rows of a table came, in whole steps since the beginning.
    async fn moments(&self, column: &str, table: &str, step: TimeDelta) -> Moments {
        let query = format!("SELECT {column} FROM {table} ORDER BY {column}");
        let at: Vec<DateTime<Utc>> = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_all(self.system.pool())
            .await
            .unwrap();
        let in_steps = |at: DateTime<Utc>| (at - self.began).num_seconds() / step.num_seconds();
        at.into_iter().map(in_steps).collect()
    }

    /// Stops one worker and starts another, as a deployment does.
    async fn restart_worker(&mut self) {
        self.system.stop_last().await;
        self.add_worker();
    }

    fn add_worker(&mut self) {
        self.system.add_worker_with(|config| {
            config.jobs.poll = std::time::Duration::from_millis(20);
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_passes() {
    let mut system = System::new(sandbox::Config::default()).await;
    system.add_gateway();
    let began = system.clock.now();
    let mut month = Month { system, began };
    month.add_worker();
    month.add_worker();
    month.system.connected(2).await;
    month.system.channels_copied().await;
    month.system.set("archive_after_days", serde_json::json!(14)).await;

    // Nobody does anything for two hours.
    month.began = month.system.clock.now();
    month.system.declare("alice", &FIELDS).await;
    month.system.declared(1).await;
    month.until(TimeDelta::minutes(60), MINUTES).await;
    month.restart_worker().await;
    month.until(TimeDelta::minutes(120), MINUTES).await;
    let nudges = month
        .moments("asked_at", "prompts WHERE kind = 'role'", TimeDelta::minutes(1))
        .await;
    assert!(matches!(nudges[..], [10..=15]), "{nudges:?}");
    let reminders = month
        .moments("asked_at", "prompts WHERE kind = 'update'", TimeDelta::minutes(1))
        .await;
    let gaps: Vec<_> = reminders.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((30..=35).contains(&reminders[0]), "{reminders:?}");
    assert!(gaps.iter().all(|gap| (25..=30).contains(gap)), "{reminders:?}");
    assert_eq!(reminders.len(), 4, "{reminders:?}");
    let channel = month.system.incident_channel().id;
    let asked = |system: &System, text: &str| {
        let messages = system.sandbox.messages(&channel).into_iter();
        messages.filter(|message| message.text.contains(text)).count()
    };
    assert_eq!(asked(&month.system, "An update is due"), 1);
    assert_eq!(asked(&month.system, "nobody sent one"), 3);

    // Bob stops the reminders; the incident is forgotten.
    let reminder = month.system.message_with(&channel, "An update is due").await;
    month.system.press("bob", &channel, &reminder, "Stop reminders").await;
    month.system.counted("incidents WHERE reminders_stopped", 1).await;
    month.until(TimeDelta::days(10), HOURS).await;
    month.restart_worker().await;
    month.until(TimeDelta::days(12), HOURS).await;
    let reminders = month.system.count("prompts WHERE kind = 'update'").await;
    assert_eq!(reminders, 4, "they were stopped");
    let posts = month
        .moments("at", "stale_posts WHERE posted_at IS NOT NULL", TimeDelta::hours(1))
        .await;
    assert!((24 * 7 - 1..=24 * 7 + 6).contains(&posts[0]), "{posts:?}");
    assert!(
        posts.windows(2).all(|pair| (48..=54).contains(&(pair[1] - pair[0]))),
        "{posts:?}"
    );
    assert_eq!(posts.len(), 3, "{posts:?}");
    let listed = month.system.sandbox.messages("incidents").into_iter();
    assert_eq!(
        listed
            .filter(|message| message.text.contains("open for more than"))
            .count(),
        3
    );

    // It is resolved on the twelfth day; two weeks later its channel goes.
    resolve(&month.system, &[("Technical lead", "bob")]).await;
    month.system.counted("incidents WHERE resolved_at IS NOT NULL", 1).await;
    month.system.settled().await;
    month.until(TimeDelta::days(25), HOURS).await;
    assert!(!month.system.incident_channel().archived);
    month.restart_worker().await;
    month.until(TimeDelta::days(30), HOURS).await;
    assert!(month.system.incident_channel().archived);
    let archived = month.moments("archived_at", "incidents", HOURS).await;
    assert!((26 * 4..=26 * 4 + 2).contains(&archived[0]), "{archived:?}");
    assert_eq!(
        month
            .system
            .count("timeline_entries WHERE kind = 'channel_archived'")
            .await,
        1
    );
    assert_eq!(month.system.count("stale_posts").await, 3, "nothing is open any more");
    assert_eq!(month.system.count("prompts WHERE kind = 'update'").await, 4);
    assert_eq!(month.system.count("jobs WHERE state = 'discarded'").await, 0);
    month.system.end().await;
}
