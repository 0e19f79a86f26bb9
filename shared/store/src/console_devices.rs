//! Browsers in which somebody has signed in before. Only hashes of their tokens are kept.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// A device is forgotten when nobody has signed in on it for this long.
pub const RETENTION: TimeDelta = TimeDelta::days(180);

/// Whether a device is known at all, and to the user with an e-mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Somebody has signed in on it.
    pub to_anybody: bool,
    /// The user with the e-mail has.
    pub to_user: bool,
}

/// Who has signed in on the device.
pub async fn lookup(
    conn: &mut PgConnection,
    token_hash: &[u8],
    email: &str,
    now: DateTime<Utc>,
) -> Result<Known, Error> {
    sqlx::query_as!(
        Known,
        r#"SELECT count(*) > 0 AS "to_anybody!", coalesce(bool_or(lower(u.email) = lower($2)), false) AS "to_user!"
           FROM console_devices d JOIN console_users u ON u.id = d.user_id
           WHERE d.token_hash = $1 AND d.last_used_at > $3 AND u.disabled_at IS NULL"#,
        token_hash,
        email,
        now - RETENTION
    )
    .fetch_one(conn)
    .await
}

/// Notes that the user has signed in on the device.
pub async fn remember(conn: &mut PgConnection, token_hash: &[u8], user: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO console_devices (token_hash, user_id, created_at, last_used_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (token_hash, user_id) DO UPDATE SET last_used_at = excluded.last_used_at",
        token_hash,
        user,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
