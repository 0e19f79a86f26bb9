//! RCA documents: which page is an incident's, and what goes into it.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use sqlx::{Error, PgConnection};

/// The page of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RcaDocument {
    /// Confluence's id of the page.
    pub page_id: String,
    /// Its title.
    pub title: String,
    /// Where people read it.
    pub url: String,
    /// The version that was written last.
    pub version: i64,
    /// Which part of the page is kept true, from 1 on.
    pub part: i32,
}

/// The page of an incident, once it was written.
pub async fn get(conn: &mut PgConnection, incident: IncidentId) -> Result<Option<RcaDocument>, Error> {
    sqlx::query_as!(
        RcaDocument,
        "SELECT page_id, title, url, version, part FROM rca_documents WHERE incident_id = $1",
        incident.0
    )
    .fetch_optional(conn)
    .await
}

/// Keeps the page of an incident as it was written now.
pub async fn keep(
    conn: &mut PgConnection,
    incident: IncidentId,
    document: &RcaDocument,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO rca_documents (incident_id, page_id, title, url, version, part, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (incident_id) DO UPDATE
             SET page_id = excluded.page_id, title = excluded.title, url = excluded.url, version = excluded.version,
                 part = excluded.part, written_at = excluded.written_at",
        incident.0,
        document.page_id,
        document.title,
        document.url,
        document.version,
        document.part,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE incidents SET rca_document_url = $2 WHERE id = $1",
        incident.0,
        document.url
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether documents can be written, and whether that is done by itself when an incident is resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// Confluence is set up.
    pub available: bool,
    /// Resolving writes the document.
    pub automatic: bool,
}

/// What the workers said at their last start.
pub async fn destination(conn: &mut PgConnection) -> Result<Destination, Error> {
    let row = sqlx::query_as!(Destination, "SELECT available, automatic FROM rca_destination")
        .fetch_optional(conn)
        .await?;
    Ok(row.unwrap_or_default())
}

/// Notes what a worker knows of it.
pub async fn set_destination(conn: &mut PgConnection, destination: Destination) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO rca_destination (available, automatic) VALUES ($1, $2)
         ON CONFLICT (singleton) DO UPDATE SET available = excluded.available, automatic = excluded.automatic",
        destination.available,
        destination.automatic
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One image, whole: what it is and its bytes.
pub async fn image(
    conn: &mut PgConnection,
    incident: IncidentId,
    file_id: &str,
) -> Result<Option<(String, String, Vec<u8>)>, Error> {
    let row = sqlx::query!(
        "SELECT name, media_type, bytes FROM pin_images WHERE incident_id = $1 AND file_id = $2 LIMIT 1",
        incident.0,
        file_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.name, row.media_type, row.bytes)))
}

/// Id, name and e-mail of those of them that have one.
pub async fn names_and_emails(
    conn: &mut PgConnection,
    people: &[String],
) -> Result<Vec<(String, String, String)>, Error> {
    let rows = sqlx::query!(
        r#"SELECT id, name, email AS "email!" FROM slack_users WHERE id = ANY($1) AND email IS NOT NULL AND NOT is_bot"#,
        people
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name, row.email)).collect())
}

/// Why documents cannot be written where they are to go, as far as the workers know.
pub async fn problem(conn: &mut PgConnection) -> Result<Option<String>, Error> {
    let problem = sqlx::query_scalar!("SELECT problem FROM rca_destination")
        .fetch_optional(conn)
        .await?;
    Ok(problem.flatten())
}

/// Keeps why documents cannot be written where they are to go; `None` where they can.
pub async fn set_problem(conn: &mut PgConnection, problem: Option<&str>) -> Result<(), Error> {
    sqlx::query!("UPDATE rca_destination SET problem = $1", problem)
        .execute(conn)
        .await?;
    Ok(())
}
