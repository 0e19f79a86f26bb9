//! Who holds which role in an incident.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use sqlx::{Error, PgConnection};

/// Gives a role to somebody, whoever had it.
pub async fn give(
    conn: &mut PgConnection,
    incident: IncidentId,
    role: &str,
    slack_user: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO role_holders (incident_id, role, slack_user_id, since) VALUES ($1, $2, $3, $4)
         ON CONFLICT (incident_id, role) DO UPDATE SET slack_user_id = excluded.slack_user_id, since = excluded.since",
        incident.0,
        role,
        slack_user,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a role from whoever has it.
pub async fn take(conn: &mut PgConnection, incident: IncidentId, role: &str) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM role_holders WHERE incident_id = $1 AND role = $2",
        incident.0,
        role
    )
    .execute(conn)
    .await?;
    Ok(())
}
