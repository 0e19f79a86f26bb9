//! Limits that one replica ran into, so that the others wait too.

use std::time::Duration;

use sqlx::{Error, PgConnection};

/// How long calls of this method (in this channel; empty where the limit is not one channel's) still have to wait.
pub async fn wait(conn: &mut PgConnection, method: &str, channel: &str) -> Result<Option<Duration>, Error> {
    let seconds = sqlx::query_scalar!(
        r#"SELECT max(extract(epoch FROM until - clock_timestamp()))::float8 FROM slack_rate_limits
           WHERE method = $1 AND channel IN ($2, '')"#,
        method,
        channel
    )
    .fetch_one(conn)
    .await?;
    Ok(seconds.filter(|seconds| *seconds > 0.0).map(Duration::from_secs_f64))
}

/// Notes a limit that Slack just told of.
pub async fn note(conn: &mut PgConnection, method: &str, channel: &str, wait: Duration) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO slack_rate_limits (method, channel, until)
         VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
         ON CONFLICT (method, channel) DO UPDATE SET until = greatest(slack_rate_limits.until, excluded.until)",
        method,
        channel,
        wait.as_secs_f64()
    )
    .execute(conn)
    .await?;
    Ok(())
}
