//! Who may see a private incident, beside its declarer.

use chrono::{DateTime, Utc};
use domain::IncidentId;
use sqlx::{Error, PgConnection};

/// Lets somebody see an incident; fine when they may already.
pub async fn add(conn: &mut PgConnection, incident: IncidentId, slack_user: &str) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO incident_members (incident_id, slack_user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        incident.0,
        slack_user
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody was let see an incident.
pub async fn contains(conn: &mut PgConnection, incident: IncidentId, slack_user: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM incident_members WHERE incident_id = $1 AND slack_user_id = $2) AS "is!""#,
        incident.0,
        slack_user
    )
    .fetch_one(conn)
    .await
}

/// Somebody came into an incident's channel or left it, at this time by Slack's clock. What was heard of them later stands.
pub async fn moved(
    conn: &mut PgConnection,
    incident: IncidentId,
    slack_user: &str,
    is_in: bool,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let news = sqlx::query!(
        "INSERT INTO incident_member_moves AS moves (incident_id, slack_user_id, at) VALUES ($1, $2, $3)
         ON CONFLICT (incident_id, slack_user_id) DO UPDATE SET at = excluded.at WHERE moves.at < excluded.at",
        incident.0,
        slack_user,
        at
    )
    .execute(&mut *conn)
    .await?;
    if news.rows_affected() == 0 {
        return Ok(());
    }
    if is_in {
        return add(conn, incident, slack_user).await;
    }
    sqlx::query!(
        "DELETE FROM incident_members WHERE incident_id = $1 AND slack_user_id = $2",
        incident.0,
        slack_user
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Everybody who was let see an incident.
pub async fn all(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        "SELECT slack_user_id FROM incident_members WHERE incident_id = $1 ORDER BY slack_user_id",
        incident.0
    )
    .fetch_all(conn)
    .await
}
