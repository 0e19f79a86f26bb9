//! A copy of the people in Slack, so that showing a name asks nobody.

use std::collections::HashMap;

use sqlx::{Error, PgConnection};

/// Somebody as Slack knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackUser {
    /// `U…` or `W…`.
    pub id: String,
    /// The name they chose to be shown by.
    pub name: String,
    /// Their e-mail, where the app may read it.
    pub email: Option<String>,
}

/// The name of somebody who was fetched within the last day.
pub async fn fresh_name(conn: &mut PgConnection, id: &str) -> Result<Option<String>, Error> {
    sqlx::query_scalar!(
        "SELECT name FROM slack_users WHERE id = $1 AND fetched_at > now() - interval '1 day'",
        id
    )
    .fetch_optional(conn)
    .await
}

/// The name of somebody, however old.
pub async fn name(conn: &mut PgConnection, id: &str) -> Result<Option<String>, Error> {
    sqlx::query_scalar!("SELECT name FROM slack_users WHERE id = $1", id)
        .fetch_optional(conn)
        .await
}

/// The names of those of them that are known, by id.
pub async fn names(conn: &mut PgConnection, ids: &[String]) -> Result<HashMap<String, String>, Error> {
    let rows = sqlx::query!("SELECT id, name FROM slack_users WHERE id = ANY($1)", ids)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Keeps somebody as Slack just described them.
pub async fn keep(conn: &mut PgConnection, user: &SlackUser) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO slack_users (id, name, email, fetched_at) VALUES ($1, $2, $3, now())
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, fetched_at = excluded.fetched_at",
        user.id,
        user.name,
        user.email
    )
    .execute(conn)
    .await?;
    Ok(())
}
