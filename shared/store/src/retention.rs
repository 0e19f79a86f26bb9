//! How long rows are kept: one line for every table of the schema, so that nothing grows for ever.
//!
//! A test compares the table with the schema: whoever adds a table adds its line here. Deleting is done in batches, each a
//! statement of its own, by a periodic job.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Connection, Error, PgConnection};

use Keep::{Always, ByQueue, Until, WithParent};

/// What becomes of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// They are deleted when this condition holds. `$1` is the time by the clock of the process; columns that Postgres fills
    /// are compared with `now()`.
    Until(&'static str),
    /// They go with a row of this table (`ON DELETE CASCADE`), or are replaced as a whole.
    WithParent(&'static str),
    /// The queue's own housekeeping deletes them; this says when.
    ByQueue(&'static str),
    /// They are kept, for this reason.
    Always(&'static str),
}

/// Rows per statement, so that none takes long or holds many locks.
const BATCH_ROWS: u64 = 1000;

/// Every table, in alphabetical order.
pub const TABLES: &[(&str, Keep)] = &[
    ("_sqlx_migrations", Always("the history of the schema")),
    (
        "access_requests",
        Until("asked_at < $1 - interval '30 days' AND decided_at IS NULL OR decided_at < $1 - interval '1 year'"),
    ),
    ("app_home_views", Until("opened_at < $1 - interval '90 days'")),
    // The table refuses every other deletion, and of younger rows also this one.
    ("audit_log", Until("at < $1 - interval '2 years'")),
    ("chat_export_messages", WithParent("chat_exports")),
    ("chat_export_threads", WithParent("chat_exports")),
    (
        "chat_exports",
        Until("ended_at < $1 - interval '30 days' OR requested_at < $1 - interval '100 days'"),
    ),
    ("console_devices", Until("last_used_at < $1 - interval '180 days'")),
    ("console_keys", Always("one row for each key")),
    (
        "console_sessions",
        Until("last_used_at < $1 - interval '1 day' OR started_at < $1 - interval '8 days'"),
    ),
    ("console_users", Always("accounts; admins disable them")),
    (
        "declared_from",
        Always("whoever adds the emoji to the same message again, at any time, gets the same incident"),
    ),
    ("digest_chatter", Always("one row for each digest channel")),
    // A job that was discarded can be retried for 90 days, and be discarded and retried again: its effects must still be
    // known then. Three times over, and a month.
    ("effects", Until("last_started_at < now() - interval '400 days'")),
    ("gateway_sockets", Until("heartbeat_at < now() - interval '1 hour'")),
    // Slack sends a request again within minutes, people press again within the day.
    ("idempotency_keys", Until("created_at < now() - interval '2 days'")),
    ("incident_member_moves", Until("at < $1 - interval '30 days'")),
    ("incident_members", WithParent("incidents")),
    ("incidents", Always("the record that all of this is for")),
    (
        "job_keys",
        ByQueue("after the last moment at which a job can come again"),
    ),
    ("job_ticks", ByQueue("7 days after a tick that did not come")),
    ("job_workers", ByQueue("when the process is gone")),
    ("jobs", ByQueue("completed after 7 days, discarded after 90")),
    ("legacy_incidents", WithParent("incidents")),
    (
        "legacy_records",
        Always("the only place of what incident-bot 0.8.2 knew and we do not; written by imports only"),
    ),
    ("missing_in_slack", WithParent("incidents")),
    (
        "notices",
        Always("a small row for each message; what it told would be told again without it"),
    ),
    ("on_call_policies", Until(UNUSED_COPY)),
    ("on_call_schedules", Until(UNUSED_COPY)),
    ("on_call_services", Until(UNUSED_COPY)),
    ("on_call_shifts", Until(UNUSED_COPY)),
    ("on_call_state", Always("one row")),
    ("on_call_users", Until(UNUSED_COPY)),
    ("page_people", WithParent("pages")),
    ("pages", WithParent("incidents")),
    // An image is kept before its message is pinned. Where that never comes, a retry fetches it again.
    (
        "pin_images",
        Until(
            "kept_at < $1 - interval '30 days' AND NOT EXISTS
             (SELECT FROM pins p WHERE p.channel_id = pin_images.channel_id AND p.ts = pin_images.ts)",
        ),
    ),
    ("pins", WithParent("incidents")),
    ("posted_messages", WithParent("incidents")),
    (
        "prompts",
        Until("outcome IS NOT NULL AND asked_at < $1 - interval '200 days'"),
    ),
    ("rca_destination", Always("one row")),
    ("rca_documents", WithParent("incidents")),
    ("role_holders", WithParent("incidents")),
    ("service_checks", Until("next_at < now() - interval '1 hour'")),
    ("setting_revisions", Always("one row for each setting")),
    ("settings", Always("one row for each setting")),
    ("sign_in_attempts", Until("at < $1 - interval '1 day'")),
    // Past incidents link to the channels that they had.
    (
        "slack_channels",
        Until(
            "NOT active AND fetched_at < now() - interval '180 days' AND NOT EXISTS
             (SELECT FROM incidents i WHERE slack_channels.id IN (i.channel_id, i.rca_channel_id))",
        ),
    ),
    ("slack_copies", Always("one row for each kind of copy")),
    ("slack_group_members", WithParent("slack_groups")),
    (
        "slack_groups",
        Until("NOT active AND fetched_at < now() - interval '180 days'"),
    ),
    ("slack_links", Until("expires_at < $1 - interval '90 days'")),
    ("slack_rate_limit_state", Always("one row")),
    ("slack_rate_limit_windows", Until("used_at < now() - interval '1 hour'")),
    ("slack_rate_limits", Until("until < now() - interval '1 hour'")),
    (
        "slack_users",
        Always("past incidents show the names of people who have left; a row for each person"),
    ),
    // The next post counts its days from the last one.
    (
        "stale_posts",
        Until("at < $1 - interval '90 days' AND at < (SELECT max(last.at) FROM stale_posts last)"),
    ),
    ("status_changes", WithParent("incidents")),
    ("statuspage_affected_components", WithParent("statuspage_published")),
    (
        "statuspage_components",
        Always("a copy of the page; its rows go when the page's do"),
    ),
    ("statuspage_drafts", Until("at < $1 - interval '1 day'")),
    (
        "statuspage_incidents",
        Always("a copy of the page; its rows go when the page's do"),
    ),
    ("statuspage_page", Always("one row")),
    ("statuspage_published", WithParent("incidents")),
    ("statuspage_updates", WithParent("statuspage_published")),
    ("timeline_entries", WithParent("incidents")),
    ("timeline_versions", WithParent("timeline_entries")),
    ("upstream_environment", Always("one row")),
    (
        "upstream_feeds",
        Always("one row for each address that an admin has ever chosen"),
    ),
    // What ended more than 14 days before it is first seen is not news.
    ("upstream_outages", Until("ended_at < $1 - interval '180 days'")),
    ("upstream_providers", Until("polled_at < $1 - interval '180 days'")),
    ("upstream_reloads", WithParent("incidents")),
    ("vendor_rate_limits", Until("until < now() - interval '1 hour'")),
];

/// Copies that are neither shown nor being made.
const UNUSED_COPY: &str = "NOT EXISTS (SELECT FROM on_call_state s WHERE copy IN (s.shown, s.copying))";

/// Some tables could not be pruned; the others were.
#[derive(Debug, thiserror::Error)]
#[error("rows that are too old could not be deleted from {}", .0.join(", "))]
pub struct NotPruned(Vec<&'static str>);

/// Deletes what is kept no longer, for as long as `limit`; what is left is for the next time. Gives how many rows went.
///
/// # Errors
/// Names the tables that failed, and logs why.
pub async fn prune(conn: &mut PgConnection, now: DateTime<Utc>, limit: Duration) -> Result<u64, NotPruned> {
    let started = Instant::now();
    let mut pruned = 0;
    let mut failed = Vec::new();
    for (table, keep) in TABLES {
        let Until(condition) = keep else { continue };
        loop {
            match delete_batch(conn, table, condition, now).await {
                Ok(rows) => {
                    pruned += rows;
                    if rows < BATCH_ROWS || started.elapsed() > limit {
                        break;
                    }
                }
                Err(error) => {
                    tracing::error!(table, %error, "rows that are too old could not be deleted");
                    failed.push(*table);
                    break;
                }
            }
        }
    }
    if failed.is_empty() {
        Ok(pruned)
    } else {
        Err(NotPruned(failed))
    }
}

async fn delete_batch(
    conn: &mut PgConnection,
    table: &'static str,
    condition: &'static str,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let mut tx = conn.begin().await?;
    // Lets the audit log's trigger know who deletes.
    sqlx::query!("SELECT set_config('incident_bot.retention', 'on', true)")
        .fetch_one(&mut *tx)
        .await?;
    // `$1` stands in every statement, whether its condition needs it or not.
    let sql = format!(
        "DELETE FROM {table} WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM {table} WHERE ({condition}) AND $1::timestamptz IS NOT NULL
             LIMIT {BATCH_ROWS} FOR UPDATE SKIP LOCKED))"
    );
    let deleted = sqlx::query(AssertSqlSafe(sql)).bind(now).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(deleted.rows_affected())
}
