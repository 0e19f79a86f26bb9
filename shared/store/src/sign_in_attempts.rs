//! How often somebody may try to sign in. The count is in the database, so all replicas share it.
//!
//! An attempt is written down before the password is looked at and removed when it was right, so that attempts made at
//! the same time count too.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Attempts older than this count no longer.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Failed attempts for one e-mail within [`WINDOW`].
pub const PER_EMAIL: i64 = 10;
/// Failed attempts from one address within [`WINDOW`]. An office may be behind one address.
pub const PER_ADDRESS: i64 = 50;

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may; it counts as failed until [`forgive`] is called.
    Granted,
    /// Too many failed: the next one may come after this time.
    Wait(TimeDelta),
}

/// Asks for an attempt and writes it down. Needs a transaction of its own, committed before the password is looked at.
pub async fn ask(
    conn: &mut PgConnection,
    email_hash: &[u8],
    address: &str,
    now: DateTime<Utc>,
) -> Result<Admission, Error> {
    // Always in this order, so that two never wait for each other.
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('sign_in/email/' || encode($1, 'hex'), 0))",
        email_hash
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('sign_in/address/' || $1, 0))",
        address
    )
    .execute(&mut *conn)
    .await?;
    // Per limit, the attempt that must grow old before another fits.
    let blocking = sqlx::query_scalar!(
        r#"SELECT greatest(
               (SELECT at FROM sign_in_attempts WHERE email_hash = $1 AND at > $3
                ORDER BY at DESC OFFSET $4::bigint - 1 LIMIT 1),
               (SELECT at FROM sign_in_attempts WHERE address = $2 AND at > $3
                ORDER BY at DESC OFFSET $5::bigint - 1 LIMIT 1))"#,
        email_hash,
        address,
        now - WINDOW,
        PER_EMAIL,
        PER_ADDRESS
    )
    .fetch_one(&mut *conn)
    .await?;
    if let Some(at) = blocking {
        return Ok(Admission::Wait(at + WINDOW - now));
    }
    sqlx::query!(
        "INSERT INTO sign_in_attempts (id, email_hash, address, at) VALUES ($1, $2, $3, $4)",
        Uuid::now_v7(),
        email_hash,
        address,
        now
    )
    .execute(conn)
    .await?;
    Ok(Admission::Granted)
}

/// Forgets what failed for an e-mail, after it signed in.
pub async fn forgive(conn: &mut PgConnection, email_hash: &[u8]) -> Result<(), Error> {
    sqlx::query!("DELETE FROM sign_in_attempts WHERE email_hash = $1", email_hash)
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
