//! What people write in the digest channel while no incident is open.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, PgConnection};

/// How long messages count together, and how long it is quiet after a hint.
pub const HOUR: TimeDelta = TimeDelta::hours(1);

/// Has the messages of this channel counted, and of no other one.
pub async fn watch(conn: &mut PgConnection, channel: &str) -> Result<(), Error> {
    sqlx::query!(
        "WITH others AS (DELETE FROM digest_chatter WHERE channel_id <> $1)
         INSERT INTO digest_chatter (channel_id) VALUES ($1) ON CONFLICT DO NOTHING",
        channel
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts a message, unless it is in another channel, an incident is open, a hint was given, or the same event came before.
/// Gives how many there are now.
///
/// One statement, because every message of every channel comes here; most end at an index.
pub async fn count(
    conn: &mut PgConnection,
    event: &str,
    channel: &str,
    now: DateTime<Utc>,
) -> Result<Option<i32>, Error> {
    sqlx::query_scalar!(
        "WITH fresh AS (
             INSERT INTO idempotency_keys (key, result)
             SELECT $1, 'null'::jsonb FROM digest_chatter
             WHERE channel_id = $2 AND (quiet_until IS NULL OR quiet_until <= $3)
               AND NOT EXISTS (SELECT FROM incidents WHERE resolved_at IS NULL)
             ON CONFLICT (key) DO NOTHING
             RETURNING key
         )
         UPDATE digest_chatter
         SET messages = CASE WHEN since > $3 - $4::interval THEN messages + 1 ELSE 1 END,
             since = CASE WHEN since > $3 - $4::interval THEN since ELSE $3 END
         FROM fresh
         WHERE channel_id = $2 AND (quiet_until IS NULL OR quiet_until <= $3)
         RETURNING messages",
        event,
        channel,
        now,
        interval()
    )
    .fetch_optional(conn)
    .await
}

/// Takes the right to give a hint, once there are more than `most` messages; nothing is counted for an hour then.
pub async fn take_hint(conn: &mut PgConnection, channel: &str, most: i32, now: DateTime<Utc>) -> Result<bool, Error> {
    let taken = sqlx::query!(
        "UPDATE digest_chatter SET messages = 0, since = NULL, quiet_until = $3::timestamptz + $4::interval
         WHERE channel_id = $1 AND messages > $2",
        channel,
        most,
        now,
        interval()
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Whether any incident is open.
pub async fn any_open(conn: &mut PgConnection) -> Result<bool, Error> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM incidents WHERE resolved_at IS NULL) AS "open!""#)
        .fetch_one(conn)
        .await
}

fn interval() -> sqlx::postgres::types::PgInterval {
    sqlx::postgres::types::PgInterval {
        months: 0,
        days: 0,
        microseconds: HOUR.num_microseconds().unwrap_or(i64::MAX),
    }
}
