//! The components of the page, copied.

use chrono::{DateTime, Utc};
use domain::statuspage::Component;
use sqlx::{Error, PgConnection};

/// When a copy of the components begins, by the database's clock.
pub async fn copy_begins(conn: &mut PgConnection) -> Result<DateTime<Utc>, Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
        .fetch_one(conn)
        .await
}

/// Keeps components as they are now.
pub async fn keep_components(conn: &mut PgConnection, components: &[Component]) -> Result<(), Error> {
    for component in components {
        sqlx::query!(
            "INSERT INTO statuspage_components (id, name, group_name, status, group_position, position)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE
                 SET name = excluded.name, group_name = excluded.group_name, status = excluded.status,
                     group_position = excluded.group_position, position = excluded.position,
                     fetched_at = excluded.fetched_at",
            component.id,
            component.name,
            component.group,
            component.status,
            component.group_position,
            component.position
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Keeps that all components have been kept; those that were not since `began` are there no more.
pub async fn components_copied(conn: &mut PgConnection, began: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("DELETE FROM statuspage_components WHERE fetched_at < $1", began)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("UPDATE statuspage_page SET components_at = $1", now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The components whose name, or their group's, has all words of `typed`, in the order of the page.
pub async fn search(conn: &mut PgConnection, typed: &str, limit: i64) -> Result<Vec<Component>, Error> {
    let words: Vec<_> = typed.split_whitespace().map(str::to_lowercase).collect();
    sqlx::query_as!(
        Component,
        r#"SELECT id, name, group_name AS "group", status, group_position, position FROM statuspage_components
           WHERE NOT EXISTS (SELECT FROM unnest($1::text[]) word
                             WHERE position(word IN lower(COALESCE(group_name, '') || ' ' || name)) = 0
                               AND id <> $3)
           ORDER BY group_position, group_name NULLS FIRST, position, id LIMIT $2"#,
        &words,
        limit,
        typed.trim()
    )
    .fetch_all(conn)
    .await
}

/// These components, in the order of the page.
pub async fn components(conn: &mut PgConnection, ids: &[String]) -> Result<Vec<Component>, Error> {
    sqlx::query_as!(
        Component,
        r#"SELECT id, name, group_name AS "group", status, group_position, position FROM statuspage_components
           WHERE id = ANY ($1) ORDER BY group_position, group_name NULLS FIRST, position, id"#,
        ids
    )
    .fetch_all(conn)
    .await
}

/// Keeps how a component is.
pub async fn set_component_status(conn: &mut PgConnection, id: &str, status: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE statuspage_components SET status = $2 WHERE id = $1", id, status)
        .execute(conn)
        .await?;
    Ok(())
}
