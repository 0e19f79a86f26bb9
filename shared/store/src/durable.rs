//! Commits that somebody waits for.
//!
//! A transaction that notifies (every one that enqueues jobs or changes an incident does) holds a lock of the whole server
//! from the beginning of its commit until that is on disk, so many at once reach the disk one after the other.
//! [`commit`] does it in two steps: the commit itself does not wait for the disk, which lets the lock go at once; then an
//! empty commit without notifications waits for the disk, and many of those share one write.
//!
//! Between the two, others see what a crash of the server takes back. That does no harm:
//!
//! - The person was not told yet. Pressing again finds the request unfulfilled, or fulfilled and on disk before the
//!   answer, because a repetition ends with [`commit`] too.
//! - What somebody writes who has seen it is behind it in the log: when that is on disk, so is what was seen.
//! - What goes outward with nothing written before it goes after [`flush`], which the worker does between reading the
//!   state and calling a vendor.

use sqlx::{Error, PgConnection};

use crate::Transaction;

/// Commits and comes back when that is on disk.
///
/// # Errors
/// When that is not known: it may be committed all the same, and the same request may be sent again.
pub async fn commit(mut tx: Transaction) -> Result<(), Error> {
    // The transaction that begins here goes by the settings of the session again.
    sqlx::raw_sql(
        "SET LOCAL synchronous_commit = off; COMMIT; BEGIN; SELECT pg_logical_emit_message(true, 'incident_bot', ''::text)",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Comes back when everything that the caller has seen is on disk. Not inside a transaction.
pub async fn flush(conn: &mut PgConnection) -> Result<(), Error> {
    // A commit waits for the disk only when something was written: a message that nobody reads.
    sqlx::raw_sql(
        "SELECT pg_logical_emit_message(true, 'incident_bot', ''::text)
         WHERE pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has the commit of this transaction not wait for the disk: for work that is done again when a crash takes it back. Whoever
/// needs to know that it is on disk calls [`flush`] afterwards.
pub async fn commit_without_waiting(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql("SET LOCAL synchronous_commit = off")
        .execute(conn)
        .await?;
    Ok(())
}
