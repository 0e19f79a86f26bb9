//! Wishes that were fulfilled, so that the same one coming again changes nothing.

use std::collections::HashMap;

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

/// Whether a wish was fulfilled.
pub async fn is_claimed(conn: &mut PgConnection, key: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM fulfilled_requests WHERE key = $1) AS "claimed!""#,
        key
    )
    .fetch_one(conn)
    .await
}

/// Takes many keys at once, each with what will have come of its wish, and gives what came of those that were fulfilled
/// before, by key. The keys differ from each other.
pub async fn claim_all(conn: &mut PgConnection, wishes: &[(&str, Value)]) -> Result<HashMap<String, Value>, Error> {
    let keys: Vec<_> = wishes.iter().map(|(key, _)| (*key).to_owned()).collect();
    let results: Vec<_> = wishes.iter().map(|(_, result)| result.clone()).collect();
    // In the order of keys, because two of these at once would otherwise wait for each other.
    let claimed = sqlx::query_scalar!(
        "INSERT INTO fulfilled_requests (key, result)
         SELECT * FROM unnest($1::text[], $2::jsonb[]) AS w (key, result) ORDER BY key
         ON CONFLICT (key) DO NOTHING RETURNING key",
        &keys,
        &results
    )
    .fetch_all(&mut *conn)
    .await?;
    if claimed.len() == wishes.len() {
        return Ok(HashMap::new());
    }
    let before: Vec<_> = keys.into_iter().filter(|key| !claimed.contains(key)).collect();
    let rows = sqlx::query!(
        "SELECT key, result FROM fulfilled_requests WHERE key = ANY ($1)",
        &before
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.result)).collect())
}
