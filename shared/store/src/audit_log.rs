//! Who did what, from where. The table only grows: a trigger refuses every change of what is written.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// What is written down of one act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// The console user who did it, where one is signed in.
    pub user_id: Option<Uuid>,
    /// Their e-mail, what somebody claimed to be, or empty for the system.
    pub who: String,
    /// What was done, such as `sign_in` or `sign_in_refused`.
    pub action: String,
    /// What it was done to; empty where the action says it all.
    pub target: String,
    /// Anything else worth knowing later.
    pub details: Value,
    /// From which address; empty for the system.
    pub address: String,
}

/// Adds an entry.
pub async fn append(conn: &mut PgConnection, entry: &Entry) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO audit_log (id, at, user_id, who, action, target, details, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        Uuid::now_v7(),
        entry.at,
        entry.user_id,
        entry.who,
        entry.action,
        entry.target,
        entry.details,
        entry.address
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody has done this to that since then.
pub async fn done_since(
    conn: &mut PgConnection,
    user: Uuid,
    action: &str,
    target: &str,
    since: DateTime<Utc>,
) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM audit_log WHERE at > $4 AND user_id = $1 AND action = $2 AND target = $3)
           AS "done!""#,
        user,
        action,
        target,
        since
    )
    .fetch_one(conn)
    .await
}

/// The newest entries, newest first.
pub async fn newest(conn: &mut PgConnection, limit: i64) -> Result<Vec<Entry>, Error> {
    sqlx::query_as!(
        Entry,
        "SELECT at, user_id, who, action, target, details, address
         FROM audit_log ORDER BY at DESC, id DESC LIMIT $1",
        limit
    )
    .fetch_all(conn)
    .await
}
