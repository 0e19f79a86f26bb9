//! What is published of an incident, the components that it touches, and the message that shows it.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use domain::statuspage::Published;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Keeps that something is to be published.
pub async fn insert(conn: &mut PgConnection, published: &Published) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO statuspage_published (id, incident_id, name, impact, status) VALUES ($1, $2, $3, $4, $5)",
        published.id,
        published.incident.0,
        published.name,
        published.impact,
        published.status
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    incident_id: Uuid,
    name: String,
    impact: String,
    status: String,
    statuspage_id: Option<String>,
    url: Option<String>,
    changed_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    removed: bool,
}

impl From<Row> for Published {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            incident: IncidentId(row.incident_id),
            name: row.name,
            impact: row.impact,
            status: row.status,
            statuspage_id: row.statuspage_id,
            url: row.url,
            changed_at: row.changed_at,
            ended_at: row.ended_at,
            removed: row.removed,
        }
    }
}

/// What was published with this id.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Published>, Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, incident_id, name, impact, status, statuspage_id, url, changed_at, ended_at, removed
         FROM statuspage_published WHERE id = $1",
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// What was published of an incident last.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Option<Published>, Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, incident_id, name, impact, status, statuspage_id, url, changed_at, ended_at, removed
         FROM statuspage_published WHERE incident_id = $1 ORDER BY id DESC LIMIT 1",
        incident.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Everything that stands on the page still, as far as is known.
pub async fn open(conn: &mut PgConnection) -> Result<Vec<Published>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, incident_id, name, impact, status, statuspage_id, url, changed_at, ended_at, removed
         FROM statuspage_published WHERE statuspage_id IS NOT NULL AND ended_at IS NULL ORDER BY incident_id"
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Keeps what was published as it is now.
pub async fn save(conn: &mut PgConnection, published: &Published) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE statuspage_published
         SET name = $2, impact = $3, status = $4, statuspage_id = $5, url = $6, changed_at = $7, ended_at = $8,
             removed = $9
         WHERE id = $1",
        published.id,
        published.name,
        published.impact,
        published.status,
        published.statuspage_id,
        published.url,
        published.changed_at,
        published.ended_at,
        published.removed
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A component that something published touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Statuspage's id.
    pub component_id: String,
    /// How it is, as far as is known.
    pub status: String,
    /// Whether we touched it, or somebody on Statuspage did.
    pub ours: bool,
}

/// The components that something published touches.
pub async fn touched(conn: &mut PgConnection, published: Uuid) -> Result<Vec<Touched>, Error> {
    sqlx::query_as!(
        Touched,
        "SELECT component_id, status, ours FROM statuspage_affected_components WHERE published_id = $1 ORDER BY component_id",
        published
    )
    .fetch_all(conn)
    .await
}

/// Keeps how a component is that something published touches.
pub async fn touch(conn: &mut PgConnection, published: Uuid, id: &str, status: &str, ours: bool) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO statuspage_affected_components AS known (published_id, component_id, status, ours) VALUES ($1, $2, $3, $4)
         ON CONFLICT (published_id, component_id) DO UPDATE
             SET status = excluded.status, ours = known.ours OR excluded.ours",
        published,
        id,
        status,
        ours
    )
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// Forgets what was to be published and never was, before something else is in its place.
pub async fn forget_unpublished(conn: &mut PgConnection, published: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM statuspage_affected_components WHERE published_id = $1",
        published
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM statuspage_updates WHERE published_id = $1", published)
        .execute(conn)
        .await?;
    Ok(())
}
