//! Keys that all replicas of the console share.

use sqlx::{Error, PgConnection};

/// The key for hashes of what was typed as an e-mail and is none that is known.
pub async fn typed_email(conn: &mut PgConnection) -> Result<Vec<u8>, Error> {
    sqlx::query_scalar!("SELECT key FROM console_keys WHERE name = 'typed_email'")
        .fetch_one(conn)
        .await
}
