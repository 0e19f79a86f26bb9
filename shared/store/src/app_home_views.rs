//! Who looks at the app's home, and where in its list.

use chrono::{DateTime, Utc};
use domain::{IncidentId, ListPlace};
use sqlx::{Error, PgConnection};

/// Notes that somebody opened their home, or turned a page of it.
pub async fn mark_viewed(
    conn: &mut PgConnection,
    slack_user: &str,
    place: ListPlace,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (older_than, newer_than) = place.cursors();
    sqlx::query!(
        "INSERT INTO app_home_views (slack_user_id, opened_at, rendered_at, older_than, newer_than) VALUES ($1, $2, $2, $3, $4)
         ON CONFLICT (slack_user_id) DO UPDATE
             SET opened_at = excluded.opened_at, older_than = excluded.older_than, newer_than = excluded.newer_than",
        slack_user,
        now,
        older_than.map(|id| id.0),
        newer_than.map(|id| id.0)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that somebody's home is rendered now, and gives the page that they look at.
///
/// Before the incidents are read: what changes from here on has it rendered once more.
pub async fn mark_rendered(conn: &mut PgConnection, slack_user: &str, now: DateTime<Utc>) -> Result<ListPlace, Error> {
    let row = sqlx::query!(
        "UPDATE app_home_views SET rendered_at = $2, rerender_at = NULL WHERE slack_user_id = $1 RETURNING older_than, newer_than",
        slack_user,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or(ListPlace::Newest, |row| {
        ListPlace::from_cursors(row.older_than.map(IncidentId), row.newer_than.map(IncidentId))
    }))
}

/// Schedules a re-render of every home that shows one of these incidents, was opened within ten minutes and has none
/// scheduled. Gives whose they are and when, which is at most once a minute.
///
/// In a burst of changes only the first to get here finds any; others wait at most for its commit.
pub async fn schedule_rerender(
    conn: &mut PgConnection,
    incidents: &[IncidentId],
    now: DateTime<Utc>,
) -> Result<Vec<(String, DateTime<Utc>)>, Error> {
    let rows = sqlx::query!(
        r#"UPDATE app_home_views h SET rerender_at = GREATEST($2::timestamptz + interval '2 seconds', h.rendered_at + interval '1 minute')
           WHERE h.slack_user_id IN (
               SELECT o.slack_user_id FROM app_home_views o
               WHERE o.opened_at > $2::timestamptz - interval '10 minutes'
                 -- One whose job was discarded must not wait for ever.
                 AND (o.rerender_at IS NULL OR o.rerender_at < $2::timestamptz - interval '2 minutes')
                 AND EXISTS (SELECT FROM incidents i
                             WHERE i.id = ANY ($1)
                               AND (NOT i.private OR i.declared_by_slack_user = o.slack_user_id
                                    OR EXISTS (SELECT FROM incident_members m
                                               WHERE m.incident_id = i.id AND m.slack_user_id = o.slack_user_id)
                                    OR EXISTS (SELECT FROM role_holders h
                                               WHERE h.incident_id = i.id AND h.slack_user_id = o.slack_user_id)))
               ORDER BY o.slack_user_id FOR UPDATE)
           RETURNING h.slack_user_id, h.rerender_at AS "rerender_at!""#,
        &incidents.iter().map(|id| id.0).collect::<Vec<_>>(),
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.slack_user_id, row.rerender_at))
        .collect())
}
