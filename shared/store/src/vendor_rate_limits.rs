//! Rate limits of vendors, shared by all replicas.

use std::time::Duration;

use sqlx::{Error, PgConnection};

/// How long nothing may be asked of a vendor.
pub async fn wait(conn: &mut PgConnection, vendor: &str) -> Result<Option<Duration>, Error> {
    let seconds = sqlx::query_scalar!(
        r#"SELECT extract(epoch FROM until - clock_timestamp())::float8 AS "seconds!" FROM vendor_rate_limits
           WHERE vendor = $1"#,
        vendor
    )
    .fetch_optional(conn)
    .await?;
    Ok(seconds.filter(|seconds| *seconds > 0.0).map(Duration::from_secs_f64))
}

/// Takes the next place of a vendor that may be asked once in `every`, and gives how long until it comes; `Err` with the
/// wait, and no place taken, where that is longer than `most`.
pub async fn take_place(
    conn: &mut PgConnection,
    vendor: &str,
    every: Duration,
    most: Duration,
) -> Result<std::result::Result<Duration, Duration>, Error> {
    let row = sqlx::query!(
        r#"INSERT INTO vendor_rate_limits AS known (vendor, until)
           VALUES ($1, clock_timestamp() + make_interval(secs => $2))
           ON CONFLICT (vendor) DO UPDATE
               SET until = greatest(known.until, clock_timestamp()) + make_interval(secs => $2)
               WHERE known.until <= clock_timestamp() + make_interval(secs => $3)
           RETURNING greatest(extract(epoch FROM until - clock_timestamp())::float8 - $2, 0) AS "wait!""#,
        vendor,
        every.as_secs_f64(),
        most.as_secs_f64()
    )
    .fetch_optional(&mut *conn)
    .await?;
    match row {
        Some(row) => Ok(Ok(Duration::from_secs_f64(row.wait))),
        None => Ok(Err(wait(conn, vendor).await?.unwrap_or_default())),
    }
}

/// Notes that nothing may be asked of a vendor for a while.
pub async fn note(conn: &mut PgConnection, vendor: &str, wait: Duration) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO vendor_rate_limits (vendor, until) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
         ON CONFLICT (vendor) DO UPDATE SET until = greatest(vendor_rate_limits.until, excluded.until)",
        vendor,
        wait.as_secs_f64()
    )
    .execute(conn)
    .await?;
    Ok(())
}
