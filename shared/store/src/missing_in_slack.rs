//! What an incident needs in Slack and what is not there: noticed once, told once.

use domain::IncidentId;
use sqlx::{Error, PgConnection};

/// Notes that something is missing, such as `digest channel`; `false` when that was noticed before.
pub async fn notice(conn: &mut PgConnection, incident: IncidentId, what: &str) -> Result<bool, Error> {
    let noticed = sqlx::query!(
        "INSERT INTO missing_in_slack (incident_id, what) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        incident.0,
        what
    )
    .execute(conn)
    .await?;
    Ok(noticed.rows_affected() == 1)
}

/// Whether `copy` (`channels`, `groups`) has been complete since it was noticed that this is missing.
pub async fn copied_since(
    conn: &mut PgConnection,
    incident: IncidentId,
    what: &str,
    copy: &str,
) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM slack_copies JOIN missing_in_slack ON completed_at > noticed_at
                          WHERE slack_copies.what = $3 AND incident_id = $1 AND missing_in_slack.what = $2)
           AS "copied!""#,
        incident.0,
        what,
        copy
    )
    .fetch_one(conn)
    .await
}

/// Notes that people are told; `false` when they were before.
pub async fn report(conn: &mut PgConnection, incident: IncidentId, what: &str) -> Result<bool, Error> {
    let reported = sqlx::query!(
        "UPDATE missing_in_slack SET reported_at = clock_timestamp()
         WHERE incident_id = $1 AND what = $2 AND reported_at IS NULL",
        incident.0,
        what
    )
    .execute(conn)
    .await?;
    Ok(reported.rows_affected() == 1)
}
