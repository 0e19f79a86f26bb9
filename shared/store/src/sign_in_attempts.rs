//! How often somebody may try to sign in. The count is in the database, so all replicas share it.
//!
//! An attempt is written down before the password is checked and removed when it was right, so that attempts made at
//! the same time count too.
//!
//! Nobody can keep somebody else out: failures are counted per e-mail *and* address, a device on which the person has
//! signed in before is counted by itself, and many failures for one e-mail from many addresses only slow attempts down.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Attempts older than this count no longer.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Failed attempts for one e-mail from one address, or from one known device, within [`WINDOW`].
pub const PER_EMAIL: i64 = 10;
/// Failed attempts from one address within [`WINDOW`]. An office may be behind one address.
pub const PER_ADDRESS: i64 = 50;
/// Failed attempts for one e-mail within [`WINDOW`], from wherever, before further ones are slowed down.
pub const SLOW_AFTER: i64 = 20;
/// How much longer each further one takes.
const DELAY_STEP: Duration = Duration::from_millis(100);
/// No attempt is held up for longer.
const MAX_DELAY: Duration = Duration::from_secs(3);

/// Who tries to sign in, from where.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// A keyed hash of the e-mail in lower case.
    pub email_hash: &'a [u8],
    /// The address, or the network of it that one person has.
    pub address: &'a str,
    /// The hash of the device's token, where the person has signed in on it before.
    pub device_hash: Option<&'a [u8]>,
}

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may, after this time; it counts as failed until [`forgive`] is called.
    Granted {
        /// How long to wait before the password is checked.
        delay: Duration,
    },
    /// Too many failed: the next one may come after this time.
    Wait(TimeDelta),
}

/// Asks for an attempt and writes it down. Needs a transaction of its own, committed before the password is checked.
pub async fn ask(conn: &mut PgConnection, attempt: Attempt<'_>, now: DateTime<Utc>) -> Result<Admission, Error> {
    let Attempt {
        email_hash,
        address,
        device_hash,
    } = attempt;
    // Attempts that count together come one after the other. Always in this order, so that two never wait for each other.
    if let Some(device) = device_hash {
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended('sign_in/device/' || encode($1, 'hex'), 0))",
            device
        )
        .execute(&mut *conn)
        .await?;
    } else {
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended('sign_in/address/' || $1, 0))",
            address
        )
        .execute(&mut *conn)
        .await?;
    }
    // Per limit, the attempt that must grow old before another fits.
    let row = sqlx::query!(
        r#"SELECT CASE WHEN $6::bytea IS NULL THEN greatest(
                   (SELECT at FROM sign_in_attempts
                    WHERE email_hash = $1 AND address = $2 AND device_hash IS NULL AND at > $3
                    ORDER BY at DESC OFFSET $4::bigint - 1 LIMIT 1),
                   (SELECT at FROM sign_in_attempts WHERE address = $2 AND device_hash IS NULL AND at > $3
                    ORDER BY at DESC OFFSET $5::bigint - 1 LIMIT 1))
               ELSE
                   (SELECT at FROM sign_in_attempts WHERE email_hash = $1 AND device_hash = $6 AND at > $3
                    ORDER BY at DESC OFFSET $4::bigint - 1 LIMIT 1)
               END AS blocking,
               (SELECT count(*) FROM (SELECT FROM sign_in_attempts
                                      WHERE email_hash = $1 AND device_hash IS NULL AND at > $3 LIMIT 100) AS failed)
               AS "failed!""#,
        email_hash,
        address,
        now - WINDOW,
        PER_EMAIL,
        PER_ADDRESS,
        device_hash
    )
    .fetch_one(&mut *conn)
    .await?;
    if let Some(at) = row.blocking {
        return Ok(Admission::Wait(at + WINDOW - now));
    }
    sqlx::query!(
        "INSERT INTO sign_in_attempts (id, email_hash, address, device_hash, at) VALUES ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        email_hash,
        address,
        device_hash,
        now
    )
    .execute(conn)
    .await?;
    let delay = if device_hash.is_some() {
        Duration::ZERO
    } else {
        delay(row.failed)
    };
    Ok(Admission::Granted { delay })
}

/// How long an attempt takes after so many for its e-mail failed.
fn delay(failed: i64) -> Duration {
    let over = u32::try_from(failed.saturating_sub(SLOW_AFTER).max(0)).unwrap_or(u32::MAX);
    DELAY_STEP.saturating_mul(over).min(MAX_DELAY)
}

/// Forgets what counted together with this attempt, which was right. On a known device that is what failed there: who else
/// guesses from the same address goes on waiting.
pub async fn forgive(conn: &mut PgConnection, attempt: Attempt<'_>) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM sign_in_attempts
         WHERE email_hash = $1
           AND CASE WHEN $3::bytea IS NULL THEN address = $2 AND device_hash IS NULL ELSE device_hash = $3 END",
        attempt.email_hash,
        attempt.address,
        attempt.device_hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the attempts that count no longer.
pub async fn forget_old(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("DELETE FROM sign_in_attempts WHERE at <= $1", now - WINDOW)
        .execute(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_failures_slow_down_and_never_stop() {
        assert_eq!(delay(0), Duration::ZERO);
        assert_eq!(delay(SLOW_AFTER), Duration::ZERO);
        assert_eq!(delay(SLOW_AFTER + 5), Duration::from_millis(500));
        assert_eq!(delay(i64::MAX), MAX_DELAY);
    }
}
