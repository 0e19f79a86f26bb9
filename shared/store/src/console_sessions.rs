//! Sessions of the console. Only hashes of their tokens are kept.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use crate::console_users::{Row, User};

/// A session ends when it was not used for this long.
pub const IDLE: TimeDelta = TimeDelta::hours(12);
/// A session ends this long after it began, however much it is used.
pub const ABSOLUTE: TimeDelta = TimeDelta::days(7);
/// Use is written down this often at most.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// A session that has not ended, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who is signed in.
    pub user: User,
    /// When they signed in.
    pub started_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: DateTime<Utc>,
}

impl Session {
    /// When it ends unless it is used.
    pub fn expires_at(&self) -> DateTime<Utc> {
        (self.last_used_at + IDLE).min(self.started_at + ABSOLUTE)
    }
}

/// Begins a session.
pub async fn begin(
    conn: &mut PgConnection,
    token_hash: &[u8],
    user: Uuid,
    address: &str,
    user_agent: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO console_sessions (token_hash, user_id, started_at, last_used_at, address, user_agent)
         VALUES ($1, $2, $3, $3, $4, $5)",
        token_hash,
        user,
        now,
        address,
        user_agent
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The session of this token, unless it has ended or its user was disabled.
pub async fn get(conn: &mut PgConnection, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<Session>, Error> {
    let row = sqlx::query!(
        "SELECT u.id, u.email, u.name, u.role, u.slack_user_id, s.started_at, s.last_used_at
         FROM console_sessions s JOIN console_users u ON u.id = s.user_id
         WHERE s.token_hash = $1 AND s.last_used_at > $2 AND s.started_at > $3 AND u.disabled_at IS NULL",
        token_hash,
        now - IDLE,
        now - ABSOLUTE
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let user = Row {
            id: row.id,
            email: row.email,
            name: row.name,
            role: row.role,
            slack_user_id: row.slack_user_id,
        };
        Ok(Session {
            user: user.try_into()?,
            started_at: row.started_at,
            last_used_at: row.last_used_at,
        })
    })
    .transpose()
}

/// Like [`get`], counting as a use of the session.
pub async fn use_now(conn: &mut PgConnection, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<Session>, Error> {
    let Some(mut session) = get(conn, token_hash, now).await? else {
        return Ok(None);
    };
    if now - session.last_used_at >= TOUCH {
        sqlx::query!(
            "UPDATE console_sessions SET last_used_at = $2 WHERE token_hash = $1",
            token_hash,
            now
        )
        .execute(conn)
        .await?;
        session.last_used_at = now;
    }
    Ok(Some(session))
}

/// Ends a session; fine when there is none.
pub async fn end(conn: &mut PgConnection, token_hash: &[u8]) -> Result<(), Error> {
    sqlx::query!("DELETE FROM console_sessions WHERE token_hash = $1", token_hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets the sessions that have ended by themselves.
pub async fn forget_ended(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM console_sessions WHERE last_used_at <= $1 OR started_at <= $2",
        now - IDLE,
        now - ABSOLUTE
    )
    .execute(conn)
    .await?;
    Ok(())
}
