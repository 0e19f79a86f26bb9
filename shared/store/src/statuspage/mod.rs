//! A copy of the status page, and what is published there of incidents.

use chrono::{DateTime, Utc};
use domain::statuspage::Seen;
use sqlx::types::Json;
use sqlx::{Error, PgConnection};

mod components;
mod drafts;
mod published;
mod updates;

pub use components::*;
pub use drafts::*;
pub use published::*;
pub use updates::*;

/// The page that is published on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its address, for people.
    pub url: Option<String>,
    /// When its components were last copied to their end.
    pub components_at: Option<DateTime<Utc>>,
    /// When its incidents were last read.
    pub polled_at: Option<DateTime<Utc>>,
    /// Since when they cannot be read, where they cannot.
    pub failing_since: Option<DateTime<Utc>>,
    /// Why they cannot be read.
    pub error: Option<String>,
}

/// Keeps which page is published on; what is known of another one is forgotten.
pub async fn set_page(conn: &mut PgConnection, page_id: &str, url: Option<&str>) -> Result<(), Error> {
    let kept = sqlx::query!(
        "INSERT INTO statuspage_page AS known (page_id, url, enabled) VALUES ($1, $2, true)
         ON CONFLICT (singleton) DO UPDATE SET url = excluded.url, enabled = true WHERE known.page_id = excluded.page_id",
        page_id,
        url
    )
    .execute(&mut *conn)
    .await?;
    if kept.rows_affected() > 0 {
        return Ok(());
    }
    for forget in [
        "DELETE FROM statuspage_components",
        "DELETE FROM statuspage_incidents",
        "DELETE FROM statuspage_page",
    ] {
        sqlx::query(forget).execute(&mut *conn).await?;
    }
    sqlx::query!(
        "INSERT INTO statuspage_page (page_id, url, enabled) VALUES ($1, $2, true)",
        page_id,
        url
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that nothing is published any more.
pub async fn switch_off(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("UPDATE statuspage_page SET enabled = false")
        .execute(conn)
        .await?;
    Ok(())
}

/// The page that is published on; `None` where none is.
pub async fn page(conn: &mut PgConnection) -> Result<Option<Page>, Error> {
    sqlx::query_as!(
        Page,
        "SELECT url, components_at, polled_at, failing_since, error FROM statuspage_page WHERE enabled"
    )
    .fetch_optional(conn)
    .await
}

/// Whether there is a page that is published on.
pub async fn is_on(conn: &mut PgConnection) -> Result<bool, Error> {
    Ok(page(conn).await?.is_some())
}

/// Keeps that the page was read, and the incidents and maintenances that stand there.
pub async fn looked(conn: &mut PgConnection, seen: &[Seen], now: DateTime<Utc>) -> Result<(), Error> {
    let ids: Vec<_> = seen.iter().map(|seen| seen.id.clone()).collect();
    sqlx::query!("DELETE FROM statuspage_incidents WHERE id <> ALL ($1)", &ids)
        .execute(&mut *conn)
        .await?;
    for seen in seen {
        sqlx::query!(
            "INSERT INTO statuspage_incidents (id, snapshot) VALUES ($1, $2)
             ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot",
            seen.id,
            Json(seen) as _
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!(
        "UPDATE statuspage_page SET polled_at = $1, failing_since = NULL, error = NULL",
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that the page could not be read.
pub async fn failed(conn: &mut PgConnection, error: &str, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE statuspage_page SET failing_since = COALESCE(failing_since, $2), error = $1",
        error,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The incidents and maintenances that stand on the page, as it was last read.
pub async fn standing(conn: &mut PgConnection) -> Result<Vec<Seen>, Error> {
    let seen =
        sqlx::query_scalar!(r#"SELECT snapshot AS "snapshot: Json<Seen>" FROM statuspage_incidents ORDER BY id"#)
            .fetch_all(conn)
            .await?;
    Ok(seen.into_iter().map(|seen| seen.0).collect())
}
