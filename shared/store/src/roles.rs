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
         ON CONFLICT (incident_id, role) DO UPDATE
             SET slack_user_id = excluded.slack_user_id, since = excluded.since, closed_notified_at = NULL",
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

/// The roles of an incident whose holders cannot act any more and of which nobody was told; they count as told from now on.
pub async fn tell_closed(
    conn: &mut PgConnection,
    incident: IncidentId,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        "UPDATE role_holders SET closed_notified_at = $2
         WHERE incident_id = $1 AND closed_notified_at IS NULL
           AND EXISTS (SELECT FROM slack_users u
                       WHERE u.id = slack_user_id
                         AND (NOT u.active OR u.guest AND NOT EXISTS (
                             SELECT FROM settings WHERE key = 'guests_may_act' AND value = 'true')))
         RETURNING role",
        incident.0,
        now
    )
    .fetch_all(conn)
    .await
}

/// Nobody counts as told of closed accounts in this incident any more: what was said was said of the time before.
pub async fn forget_told(conn: &mut PgConnection, incident: IncidentId) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE role_holders SET closed_notified_at = NULL WHERE incident_id = $1 AND closed_notified_at IS NOT NULL",
        incident.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for people who can act again, in all incidents.
pub(crate) async fn forget_told_of_active(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE role_holders SET closed_notified_at = NULL
         WHERE closed_notified_at IS NOT NULL
           AND EXISTS (SELECT FROM slack_users u
                       WHERE u.id = slack_user_id AND u.active
                         AND (NOT u.guest OR EXISTS (
                             SELECT FROM settings WHERE key = 'guests_may_act' AND value = 'true')))"
    )
    .execute(conn)
    .await?;
    Ok(())
}
