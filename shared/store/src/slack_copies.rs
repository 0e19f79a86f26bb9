//! When something in Slack was last copied completely.

use chrono::{DateTime, Utc};
use sqlx::{Error, PgConnection};

/// The time by the database's clock: a copy that begins now sees whatever is there later.
pub async fn begin(conn: &mut PgConnection) -> Result<DateTime<Utc>, Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
        .fetch_one(conn)
        .await
}

/// Notes that the last page has just been kept.
pub(crate) async fn completed(conn: &mut PgConnection, what: &str) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO slack_copies (what) VALUES ($1)
         ON CONFLICT (what) DO UPDATE SET completed_at = clock_timestamp()",
        what
    )
    .execute(conn)
    .await?;
    Ok(())
}
