//! Effects on the outside that would hurt twice: what was begun, and what came of it.
//!
//! Before such an effect its key is written ([`start`]), after it its result ([`finish`]). A later run of the same job
//! learns from [`start`] whether it may simply go on, has to look at the vendor first, or is done.
//!
//! ```text
//!            start                          finish
//!   (none) ────────▶ started ─────────────────────────────▶ done
//!                     │  ▲ ▲ │
//!       refused, the  │  │ │ └─ answered: an error came, the attempt is over
//!       only attempt  ▼  │ └─── start_again, after a look at the vendor found nothing
//!                   refused ──▶ start
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{Error, PgConnection};

/// What is known of an effect at the moment somebody wants to have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Attempt {
    /// Nobody tried, or the vendor refused every time: go on.
    Fresh,
    /// Somebody tried and never heard what came of it: look first.
    Unknown(Unknown),
    /// It happened; this came of it.
    Done(Kept),
}

/// An effect that may have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// When the first attempt began, by Postgres' clock.
    pub first_started_at: DateTime<Utc>,
    /// How long ago the first attempt began, by Postgres' clock.
    pub since_first: TimeDelta,
    /// How long ago the last attempt began, by Postgres' clock.
    pub since_last: TimeDelta,
    /// Whether the last attempt was answered, with an error: it can have no effect any more that a look does not see.
    pub answered: bool,
}

/// What came of an effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The shape of the result: 1 in the first release, one more with every change that older code cannot read.
    pub version: i16,
    /// The result.
    pub result: Value,
    /// When the first attempt began, by Postgres' clock.
    pub first_started_at: DateTime<Utc>,
}

/// Asks what is known of an effect and, where nothing is, notes that an attempt begins now.
pub async fn start(conn: &mut PgConnection, key: &str) -> Result<Attempt, Error> {
    let begun = sqlx::query!(
        "INSERT INTO effects (key, state) VALUES ($1, 'started')
         ON CONFLICT (key) DO UPDATE
             SET state = 'started', attempts = 1, answered_at = NULL,
                 last_started_at = clock_timestamp(), first_started_at = clock_timestamp()
             WHERE effects.state = 'refused'",
        key
    )
    .execute(&mut *conn)
    .await?;
    if begun.rows_affected() == 1 {
        return Ok(Attempt::Fresh);
    }
    let row = sqlx::query!(
        r#"SELECT first_started_at, result, version, coalesce(answered_at >= last_started_at, false) AS "answered!",
                  extract(epoch FROM clock_timestamp() - first_started_at)::float8 AS "since_first!",
                  extract(epoch FROM clock_timestamp() - last_started_at)::float8 AS "since_last!"
           FROM effects WHERE key = $1"#,
        key
    )
    .fetch_one(conn)
    .await?;
    let first_started_at = row.first_started_at;
    Ok(match row.result {
        Some(result) => Attempt::Done(Kept {
            version: row.version,
            result,
            first_started_at,
        }),
        None => Attempt::Unknown(Unknown {
            first_started_at,
            since_first: milliseconds(row.since_first),
            since_last: milliseconds(row.since_last),
            answered: row.answered,
        }),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds since an attempt fit")]
fn milliseconds(seconds: f64) -> TimeDelta {
    TimeDelta::milliseconds((seconds * 1000.0) as i64)
}

/// Keeps what an effect is for before its first attempt, and gives what was kept first.
pub async fn intend(conn: &mut PgConnection, key: &str, intent: &str) -> Result<String, Error> {
    // Nothing was tried yet, which is all that `refused` says.
    sqlx::query_scalar!(
        r#"INSERT INTO effects (key, state, intent) VALUES ($1, 'refused', $2)
           ON CONFLICT (key) DO UPDATE SET intent = coalesce(effects.intent, excluded.intent)
           RETURNING intent AS "intent!""#,
        key,
        intent
    )
    .fetch_one(conn)
    .await
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
        "UPDATE effects SET last_started_at = clock_timestamp(), attempts = attempts + 1
         WHERE key = $1 AND state = 'started'",
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes what came of an effect, in the first shape of its result. The first result stays.
pub async fn finish(conn: &mut PgConnection, key: &str, result: &Value) -> Result<(), Error> {
    finish_as(conn, key, 1, result).await
}

/// Notes what came of an effect, in a shape of its result. The first result stays.
pub async fn finish_as(conn: &mut PgConnection, key: &str, version: i16, result: &Value) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE effects SET state = 'done', version = $2, result = $3 WHERE key = $1 AND state <> 'done'",
        key,
        version,
        result
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the vendor refused an attempt: it had no effect. After the only attempt so far, the next one need not look.
///
/// An attempt before it that nobody heard of may still have had its effect; then the next one looks first.
pub async fn refused(conn: &mut PgConnection, key: &str) -> Result<(), Error> {
    // Replicas of the release before do not count attempts, but the times of theirs are far apart.
    sqlx::query!(
        "UPDATE effects
         SET answered_at = clock_timestamp(),
             state = CASE
                 WHEN attempts = 1 AND last_started_at < first_started_at + interval '1 millisecond' THEN 'refused'
                 ELSE state
             END
         WHERE key = $1 AND state = 'started'",
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the vendor answered an attempt with an error that does not say whether it had its effect.
pub async fn answered(conn: &mut PgConnection, key: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE effects SET answered_at = clock_timestamp() WHERE key = $1 AND state = 'started'",
        key
    )
    .execute(conn)
    .await?;
    Ok(())
}
