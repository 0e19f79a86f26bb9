//! Channels of incidents that are closed, opened again, or given up for a new one.

use chrono::{DateTime, Utc};
use domain::{ChannelLost, IncidentId, RcaChannelLost};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Notes that archiving the channel was decided; `None` when the incident goes on.
pub async fn set_asked(conn: &mut PgConnection, incident: IncidentId, at: Option<DateTime<Utc>>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET archive_asked_at = $2 WHERE id = $1",
        incident.0,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether archiving the channel was decided since the incident was resolved.
pub async fn was_asked(conn: &mut PgConnection, incident: IncidentId) -> Result<bool, Error> {
    let asked = sqlx::query_scalar!(
        r#"SELECT archive_asked_at IS NOT NULL AS "asked!" FROM incidents WHERE id = $1"#,
        incident.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(asked.unwrap_or(false))
}

/// Keeps that the channel is archived, or open again. The first moment stays.
pub async fn set_archived(
    conn: &mut PgConnection,
    incident: IncidentId,
    at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET archived_at = CASE WHEN $2::timestamptz IS NOT NULL THEN COALESCE(archived_at, $2) END,
                              archive_asked_at = COALESCE(archive_asked_at, $2)
         WHERE id = $1",
        incident.0,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps why the channel cannot be used, or that it can.
pub async fn set_lost(conn: &mut PgConnection, incident: IncidentId, lost: Option<ChannelLost>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET channel_lost = $2 WHERE id = $1",
        incident.0,
        lost.map(ChannelLost::as_str)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps why the channel about the causes cannot be used, or that it can.
pub async fn set_rca_channel_lost(
    conn: &mut PgConnection,
    id: IncidentId,
    lost: Option<RcaChannelLost>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET rca_channel_lost = $2 WHERE id = $1",
        id.0,
        lost.map(RcaChannelLost::as_str)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets go of the channel, so that a new one is made with this name; gives its number.
pub async fn leave_channel(conn: &mut PgConnection, incident: IncidentId, name: &str) -> Result<i32, Error> {
    // Nobody was seen in the new one yet.
    sqlx::query!(
        "UPDATE incident_members SET in_channel = false WHERE incident_id = $1",
        incident.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM incident_member_moves WHERE incident_id = $1", incident.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query_scalar!(
        "UPDATE incidents
         SET channel_id = NULL, channel_lost = NULL, archived_at = NULL, archive_asked_at = NULL, channel_name = $2,
             channel_number = channel_number + 1
         WHERE id = $1
         RETURNING channel_number",
        incident.0,
        name
    )
    .fetch_one(conn)
    .await
}

/// Incidents that were resolved until then and whose channels can be used and nobody decided about, the oldest first, at most
/// `limit`.
pub async fn due(conn: &mut PgConnection, resolved_until: DateTime<Utc>, limit: i64) -> Result<Vec<IncidentId>, Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar!(
        "SELECT id FROM incidents
         WHERE resolved_at <= $1 AND archived_at IS NULL AND archive_asked_at IS NULL AND channel_id IS NOT NULL
           AND channel_lost IS NULL
         ORDER BY resolved_at LIMIT $2",
        resolved_until,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(IncidentId).collect())
}
