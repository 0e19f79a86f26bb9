//! Wishes that were fulfilled, so that the same one coming again changes nothing.

use serde_json::Value;
use sqlx::{Error, PgConnection};

/// Takes the key for the caller's transaction.
///
/// `None`: the key is the caller's, who fulfils the wish and calls [`fulfil`]. `Some`: it was fulfilled before, with this
/// result. While another transaction holds the key, this waits for its end.
pub async fn claim(conn: &mut PgConnection, key: &str) -> Result<Option<Value>, Error> {
    let claimed = sqlx::query!(
        "INSERT INTO fulfilled_requests (key, result) VALUES ($1, 'null') ON CONFLICT (key) DO NOTHING",
        key
    )
    .execute(&mut *conn)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let row = sqlx::query!("SELECT result FROM fulfilled_requests WHERE key = $1", key)
        .fetch_one(conn)
        .await?;
    Ok(Some(row.result))
}

/// Keeps the result of the wish whose key was claimed in the same transaction.
pub async fn fulfil(conn: &mut PgConnection, key: &str, result: &Value) -> Result<(), Error> {
    sqlx::query!("UPDATE fulfilled_requests SET result = $2 WHERE key = $1", key, result)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets wishes older than two days: nobody sends one again after that. Gives how many went.
pub async fn forget_old(conn: &mut PgConnection) -> Result<u64, Error> {
    let gone = sqlx::query!("DELETE FROM fulfilled_requests WHERE fulfilled_at < now() - interval '2 days'")
        .execute(conn)
        .await?;
    Ok(gone.rows_affected())
}
