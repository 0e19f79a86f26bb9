//! People who ask to be let into a private incident.

use chrono::{DateTime, Utc};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether they were let in.
    pub granted: bool,
    /// Who decided.
    pub by: Actor,
}

/// Somebody asks to be let into a private incident.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessRequest {
    /// Names it.
    pub id: Uuid,
    /// Into this one.
    pub incident: IncidentId,
    /// Slack's id of the person.
    pub slack_user_id: String,
    /// The name that they go by.
    pub name: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// The message that asks the incident's people, once it was posted.
    pub message_ts: Option<String>,
    /// What became of it, once somebody decided.
    pub decision: Option<Decision>,
}

/// Adds a request unless the person has asked already and nobody has decided: then this gives `None`.
pub async fn add(
    conn: &mut PgConnection,
    incident: IncidentId,
    slack_user: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, Error> {
    sqlx::query_scalar!(
        "INSERT INTO access_requests (id, incident_id, slack_user_id, name, asked_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (incident_id, slack_user_id) WHERE decided_at IS NULL DO NOTHING RETURNING id",
        Uuid::now_v7(),
        incident.0,
        slack_user,
        name,
        now
    )
    .fetch_optional(conn)
    .await
}

/// A request as it is now.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<AccessRequest>, Error> {
    let row = sqlx::query!(
        r#"SELECT r.id, incident_id, slack_user_id, COALESCE(u.name, r.name) AS "name!", asked_at, message_ts, granted,
                  decided_by AS "decided_by: Json<Actor>"
           FROM access_requests r LEFT JOIN slack_users u ON u.id = slack_user_id
           WHERE r.id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| AccessRequest {
        id: row.id,
        incident: IncidentId(row.incident_id),
        slack_user_id: row.slack_user_id,
        name: row.name,
        asked_at: row.asked_at,
        message_ts: row.message_ts,
        decision: row
            .granted
            .zip(row.decided_by)
            .map(|(granted, by)| Decision { granted, by: by.0 }),
    }))
}

/// Keeps where the message stands that asks the incident's people.
pub async fn set_message(conn: &mut PgConnection, id: Uuid, ts: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE access_requests SET message_ts = $2 WHERE id = $1", id, ts)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes a decision; the first one stays. The caller holds the incident's row.
pub async fn decide(
    conn: &mut PgConnection,
    id: Uuid,
    granted: bool,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE access_requests SET decided_at = $2, decided_by = $3, granted = $4
         WHERE id = $1 AND decided_at IS NULL",
        id,
        now,
        Json(by) as _,
        granted
    )
    .execute(conn)
    .await?;
    Ok(())
}
