//! Slack's rate limits, shared by all replicas: the published ones, counted ahead, and those that Slack reports.
//!
//! Published limits are the least that Slack takes. So one call at a time, of all replicas, may go beyond one of them as a
//! probe: when Slack takes it, more is let through for a while; when Slack answers 429, all limits are kept strictly for an
//! hour ([`note`]). Either way at most one call in an hour is refused that a count could have foreseen.
//!
//! Nobody reserves a place, because what people wait for most must get the next free one. Who is sent back is only told
//! when to come again: one after the other.

use std::time::Duration;

use sqlx::{Error, PgConnection};

/// How many calls of a method may go out, in how long; of one channel, where the limit is a channel's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// This many calls.
    pub calls: i32,
    /// In this time.
    pub per: Duration,
}

/// What may become of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// It may go out.
    Go,
    /// It may go out beyond the limit. Whoever makes it says what came of it ([`probed`], or [`note`]).
    Probe,
    /// It has to wait for this long, at least.
    Wait(Duration),
}

/// Counts a call, or says how long it has to wait. `channel` is empty where the limit is not one channel's; without a
/// `limit` only what Slack said itself counts.
pub async fn take(conn: &mut PgConnection, method: &str, channel: &str, limit: Option<Limit>) -> Result<Turn, Error> {
    let turn = sqlx::query!(
        r#"SELECT wait_seconds AS "wait_seconds?", is_probe AS "is_probe!"
           FROM take_slack_call($1, $2, $3, make_interval(secs => $4))"#,
        method,
        channel,
        limit.map(|limit| limit.calls) as Option<i32>,
        limit.map_or(0.0, |limit| limit.per.as_secs_f64())
    )
    .fetch_one(conn)
    .await?;
    Ok(match turn.wait_seconds {
        Some(seconds) => Turn::Wait(Duration::try_from_secs_f64(seconds).unwrap_or_default()),
        None if turn.is_probe => Turn::Probe,
        None => Turn::Go,
    })
}

/// Notes what came of a probe that Slack did not answer with 429. What it took beyond a channel's limit says something of
/// that channel only.
pub async fn probed(conn: &mut PgConnection, method: &str, channel: &str, taken: bool) -> Result<(), Error> {
    if taken && !channel.is_empty() {
        sqlx::query!(
            "UPDATE slack_rate_limit_windows AS w
             SET factor = least(4096, 8 * greatest(
                     CASE WHEN w.factor_until > now() THEN w.factor ELSE 1 END,
                     CASE WHEN learned.factor_until > now() THEN learned.factor ELSE 1 END
                 )),
                 factor_until = now() + interval '10 minutes'
             FROM slack_rate_limit_state AS learned
             WHERE w.method = $1 AND w.channel = $2",
            method,
            channel
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!(
        "UPDATE slack_rate_limit_state
         SET factor = CASE WHEN NOT $1 THEN factor WHEN factor_until > now() THEN least(4096, 8 * factor) ELSE 8 END,
             factor_until = CASE WHEN $1 THEN now() + interval '10 minutes' ELSE factor_until END,
             probe_at = '-infinity'
         WHERE strict_until <= now()",
        taken && channel.is_empty()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a rate limit that Slack just reported: it holds for all replicas, and all limits are kept strictly for an hour.
pub async fn note(conn: &mut PgConnection, method: &str, channel: &str, wait: Duration) -> Result<(), Error> {
    sqlx::query!(
        "WITH reported AS (
             INSERT INTO slack_rate_limits (method, channel, until)
             VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
             ON CONFLICT (method, channel) DO UPDATE SET until = greatest(slack_rate_limits.until, excluded.until)
         )
         UPDATE slack_rate_limit_state
         SET factor = 1, factor_until = '-infinity', strict_until = now() + interval '1 hour', probe_at = '-infinity'",
        method,
        channel,
        wait.as_secs_f64()
    )
    .execute(conn)
    .await?;
    Ok(())
}
