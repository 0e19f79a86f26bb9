//! When people are reminded of the next update of an incident.

use chrono::{DateTime, Utc};
use domain::{IncidentId, Reminders};
use sqlx::{Error, PgConnection};

/// The reminders of an incident.
pub async fn get(conn: &mut PgConnection, incident: IncidentId) -> Result<Reminders, Error> {
    let row = sqlx::query!(
        "SELECT reminders_until, reminders_stopped FROM incidents WHERE id = $1",
        incident.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(Reminders::default, |row| Reminders {
        next_at: row.reminders_until,
        stopped: row.reminders_stopped,
    }))
}

/// Moves the next reminder, or ends them.
pub async fn set(conn: &mut PgConnection, incident: IncidentId, reminders: Reminders) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET reminders_until = $2, reminders_stopped = $3 WHERE id = $1",
        incident.0,
        reminders.next_at,
        reminders.stopped
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes when the first reminder of a new incident comes.
pub async fn begin(conn: &mut PgConnection, incident: IncidentId, next_at: DateTime<Utc>) -> Result<(), Error> {
    set(
        conn,
        incident,
        Reminders {
            next_at: Some(next_at),
            stopped: false,
        },
    )
    .await
}
