//! Wishes that were fulfilled, so that the same one coming again changes nothing.

use serde_json::Value;
use sqlx::{Error, PgConnection};

/// Takes the key for the caller's transaction, with what will have come of the wish when it commits.
///
/// `None`: the key is the caller's, who fulfils the wish. `Some`: it was fulfilled before, with this result. While another
/// transaction holds the key, this waits for its end.
pub async fn claim(conn: &mut PgConnection, key: &str, result: &Value) -> Result<Option<Value>, Error> {
    let claimed = sqlx::query!(
        "INSERT INTO fulfilled_requests (key, result) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        key,
        result
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

/// Forgets wishes older than two days: nobody sends one again after that. Gives how many went.
pub async fn forget_old(conn: &mut PgConnection) -> Result<u64, Error> {
    let gone = sqlx::query!("DELETE FROM fulfilled_requests WHERE fulfilled_at < now() - interval '2 days'")
        .execute(conn)
        .await?;
    Ok(gone.rows_affected())
}
