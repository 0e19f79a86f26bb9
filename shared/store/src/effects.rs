//! Effects on the outside that would hurt twice: what was begun, and what came of it.
//!
//! Before such an effect its key is written ([`start`]), after it its result ([`finish`]). A later run of the same job
//! learns from [`start`] whether it may simply go on, has to look at the vendor first, or is done.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{Error, PgConnection};

/// What is known of an effect at the moment somebody wants to have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Attempt {
    /// Nobody tried, or the vendor refused every time: go on.
    Fresh,
    /// Somebody tried and never heard what came of it: look first.
    Unknown {
        /// When the first attempt began, by Postgres' clock.
        first_started_at: DateTime<Utc>,
        /// How long ago the last attempt began, by Postgres' clock.
        since_last: chrono::TimeDelta,
    },
    /// It happened; this came of it.
    Done(Value),
}

/// Asks what is known of an effect and, where nothing is, notes that an attempt begins now.
pub async fn start(conn: &mut PgConnection, key: &str) -> Result<Attempt, Error> {
    let begun = sqlx::query!(
        "INSERT INTO effects (key, state) VALUES ($1, 'started')
         ON CONFLICT (key) DO UPDATE
             SET state = 'started', last_started_at = clock_timestamp(), first_started_at = clock_timestamp()
             WHERE effects.state = 'refused'",
        key
    )
    .execute(&mut *conn)
    .await?;
    if begun.rows_affected() == 1 {
        return Ok(Attempt::Fresh);
    }
    let row = sqlx::query!(
        r#"SELECT first_started_at, result, extract(epoch FROM clock_timestamp() - last_started_at)::float8 AS "since!"
           FROM effects WHERE key = $1"#,
        key
    )
    .fetch_one(conn)
    .await?;
    Ok(match row.result {
        Some(result) => Attempt::Done(result),
        None => Attempt::Unknown {
            first_started_at: row.first_started_at,
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds since an attempt fit")]
            since_last: chrono::TimeDelta::milliseconds((row.since * 1000.0) as i64),
        },
    })
}

/// Whether an attempt was made of which nobody knows that it was refused.
pub async fn begun(conn: &mut PgConnection, key: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM effects WHERE key = $1 AND state <> 'refused') AS "begun!""#,
        key
    )
    .fetch_one(conn)
    .await
}

/// Notes that one more attempt begins now, after a look at the vendor found nothing of the ones before.
pub async fn start_again(conn: &mut PgConnection, key: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE effects SET last_started_at = clock_timestamp() WHERE key = $1 AND state = 'started'",
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes what came of an effect. The first result stays.
pub async fn finish(conn: &mut PgConnection, key: &str, result: &Value) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE effects SET state = 'done', result = $2 WHERE key = $1 AND state <> 'done'",
        key,
        result
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the vendor refused the only attempt so far, so that the next one need not look.
///
/// An attempt before it that nobody heard of may still have had its effect; then the key stays as it is.
pub async fn refused(conn: &mut PgConnection, key: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE effects SET state = 'refused'
         WHERE key = $1 AND state = 'started' AND first_started_at = last_started_at",
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}
