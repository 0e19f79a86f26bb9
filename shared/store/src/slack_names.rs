//! What people call those that a text of Slack's names by id: people, channels and user groups.

use std::collections::HashMap;

use sqlx::{Error, PgConnection};

/// The names of those of them that are copied, by id. Private channels are left out: their names are for their members.
pub async fn of(conn: &mut PgConnection, ids: &[String]) -> Result<HashMap<String, String>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", name AS "name!" FROM slack_users WHERE id = ANY($1)
           UNION ALL SELECT id, name FROM slack_channels WHERE id = ANY($1) AND NOT private
           UNION ALL SELECT id, handle FROM slack_groups WHERE id = ANY($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
