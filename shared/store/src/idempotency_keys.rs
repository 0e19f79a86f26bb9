//! Keys of requests that were carried out, so that the same request coming again changes nothing.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::{Error, PgConnection};

/// Inserts the key in the caller's transaction, with the result that the request has when it commits.
///
/// `None`: the key is new, and the caller carries out the request. `Some`: the request was carried out before, with this
/// result. While another transaction holds the key, this waits for its end.
pub async fn insert(conn: &mut PgConnection, key: &str, result: &Value) -> Result<Option<Value>, Error> {
    let inserted = sqlx::query!(
        "INSERT INTO idempotency_keys (key, result) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        key,
        result
    )
    .execute(&mut *conn)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(None);
    }
    let row = sqlx::query!("SELECT result FROM idempotency_keys WHERE key = $1", key)
        .fetch_one(conn)
        .await?;
    Ok(Some(row.result))
}

/// Whether a request was carried out.
pub async fn exists(conn: &mut PgConnection, key: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM idempotency_keys WHERE key = $1) AS "exists!""#,
        key
    )
    .fetch_one(conn)
    .await
}

/// Inserts many keys at once, each with the result of its request, and gives the results of those that were carried out
/// before, by key. The keys differ from each other.
pub async fn insert_all(conn: &mut PgConnection, requests: &[(&str, Value)]) -> Result<HashMap<String, Value>, Error> {
    let keys: Vec<_> = requests.iter().map(|(key, _)| (*key).to_owned()).collect();
    let results: Vec<_> = requests.iter().map(|(_, result)| result.clone()).collect();
    // In the order of keys, because two of these at once would otherwise wait for each other.
    let inserted = sqlx::query_scalar!(
        "INSERT INTO idempotency_keys (key, result)
         SELECT * FROM unnest($1::text[], $2::jsonb[]) AS r (key, result) ORDER BY key
         ON CONFLICT (key) DO NOTHING RETURNING key",
        &keys,
        &results
    )
    .fetch_all(&mut *conn)
    .await?;
    if inserted.len() == requests.len() {
        return Ok(HashMap::new());
    }
    let before: Vec<_> = keys.into_iter().filter(|key| !inserted.contains(key)).collect();
    let rows = sqlx::query!("SELECT key, result FROM idempotency_keys WHERE key = ANY ($1)", &before)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.result)).collect())
}
