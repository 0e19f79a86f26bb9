//! Which incident was declared from which message.

use domain::IncidentId;
use sqlx::{Error, PgConnection};

/// The incident that was declared from a message.
pub async fn incident(conn: &mut PgConnection, channel: &str, ts: &str) -> Result<Option<IncidentId>, Error> {
    let id = sqlx::query_scalar!(
        "SELECT incident_id FROM declared_from WHERE channel = $1 AND ts = $2",
        channel,
        ts
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(IncidentId))
}

/// Takes a message for an incident, unless another one has it: then this gives `false`.
///
/// While another transaction takes it, this waits for its end.
pub async fn take(conn: &mut PgConnection, channel: &str, ts: &str, incident: IncidentId) -> Result<bool, Error> {
    let taken = sqlx::query!(
        "INSERT INTO declared_from (channel, ts, incident_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        channel,
        ts,
        incident.0
    )
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}
