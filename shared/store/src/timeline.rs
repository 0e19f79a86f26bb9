//! Entries of timelines. They are only ever added.

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Adds an entry.
pub async fn append(
    conn: &mut PgConnection,
    incident: IncidentId,
    at: DateTime<Utc>,
    actor: &Actor,
    happening: &Happening,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO timeline_entries (id, incident_id, at, actor, kind, happening) VALUES ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        incident.0,
        at,
        Json(actor) as _,
        happening.kind(),
        Json(happening) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The entries of an incident in order of time.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<TimelineEntry>, Error> {
    let rows = sqlx::query!(
        r#"SELECT e.id, at, actor AS "actor: Json<Actor>", happening AS "happening: Json<Happening>", u.name AS "now?"
           FROM timeline_entries e LEFT JOIN slack_users u ON actor->>'kind' = 'slack' AND u.id = actor->>'user_id'
           WHERE incident_id = $1 ORDER BY at, e.id"#,
        incident.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TimelineEntry {
            id: row.id,
            at: row.at,
            actor: row.actor.0,
            happening: row.happening.0,
        })
        .collect())
}
