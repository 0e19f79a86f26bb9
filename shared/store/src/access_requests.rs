//! People who ask to be let into a private incident.

use chrono::{DateTime, TimeDelta, Utc};
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
    /// What became of it, once somebody decided.
    pub decision: Option<Decision>,
}

/// How long a request waits for a decision; after that the person may ask again.
const LASTS: TimeDelta = TimeDelta::days(1);

/// Adds a request unless the person has asked already and nobody has decided: then this gives `None`.
pub async fn add(
    conn: &mut PgConnection,
    incident: IncidentId,
    slack_user: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>, Error> {
    sqlx::query_scalar!(
        "INSERT INTO access_requests (id, incident_id, slack_user_id, name, asked_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (incident_id, slack_user_id) WHERE decided_at IS NULL DO NOTHING RETURNING id",
        Uuid::now_v7(),
        incident.0,
        slack_user,
        name,
        now,
        now + LASTS
    )
    .fetch_optional(conn)
    .await
}

/// A request as it is now.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<AccessRequest>, Error> {
    let row = sqlx::query!(
        r#"SELECT r.id, incident_id, slack_user_id, COALESCE(u.name, r.name) AS "name!", asked_at, granted,
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
        decision: row
            .granted
            .zip(row.decided_by)
            .map(|(granted, by)| Decision { granted, by: by.0 }),
    }))
}

/// The open request of this person, where there is one, and whether it is too old to keep them from asking again.
pub async fn open_of(
    conn: &mut PgConnection,
    incident: IncidentId,
    slack_user: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Uuid, bool)>, Error> {
    let row = sqlx::query!(
        r#"SELECT id, COALESCE(expires_at <= $3, true) AS "expired!" FROM access_requests
           WHERE incident_id = $1 AND slack_user_id = $2 AND decided_at IS NULL"#,
        incident.0,
        slack_user,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.id, row.expired)))
}

/// The open requests for an incident.
pub async fn open(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<Uuid>, Error> {
    sqlx::query_scalar!(
        "SELECT id FROM access_requests WHERE incident_id = $1 AND decided_at IS NULL ORDER BY id",
        incident.0
    )
    .fetch_all(conn)
    .await
}

/// Takes a request back that nobody decided.
pub async fn remove(conn: &mut PgConnection, id: Uuid) -> Result<(), Error> {
    sqlx::query!("DELETE FROM access_requests WHERE id = $1 AND decided_at IS NULL", id)
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
        "UPDATE access_requests SET decided_at = $2, decided_by = $3, granted = $4, expires_at = NULL
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
