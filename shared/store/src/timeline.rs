//! Entries of timelines. They are only ever added.

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Adds an entry; `to_tell` when the channel is to be told of it.
pub async fn append(
    conn: &mut PgConnection,
    incident: IncidentId,
    at: DateTime<Utc>,
    actor: &Actor,
    happening: &Happening,
    to_tell: bool,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO timeline_entries (id, incident_id, at, actor, kind, happening, to_tell)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        incident.0,
        at,
        Json(actor) as _,
        happening.kind(),
        Json(happening) as _,
        to_tell,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What an entry's row says.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor: Json<Actor>,
    pub(crate) happening: Json<Happening>,
}

impl From<Row> for TimelineEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor.0,
            happening: row.happening.0,
        }
    }
}

/// The entries of an incident in order of time.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<TimelineEntry>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, at, actor AS "actor: Json<Actor>", happening AS "happening: Json<Happening>"
           FROM timeline_entries WHERE incident_id = $1 ORDER BY at, id"#,
        incident.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Who resolved an incident last.
pub async fn resolved_by(conn: &mut PgConnection, incident: IncidentId) -> Result<Option<Actor>, Error> {
    let row = sqlx::query!(
        r#"SELECT actor AS "actor: Json<Actor>" FROM timeline_entries
           WHERE incident_id = $1 AND kind = 'status_changed' ORDER BY at DESC, id DESC LIMIT 1"#,
        incident.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.actor.0))
}
