//! Who looks at the app's home, and where in its list.

use chrono::{DateTime, Utc};
use domain::{IncidentId, ListPlace};
use sqlx::{Error, PgConnection};

/// Notes that somebody opened their home, or turned a page of it.
pub async fn looked(
    conn: &mut PgConnection,
    slack_user: &str,
    place: ListPlace,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (older_than, newer_than) = place.cursors();
    sqlx::query!(
        "INSERT INTO homes (slack_user_id, opened_at, drawn_at, older_than, newer_than) VALUES ($1, $2, $2, $3, $4)
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

/// Notes that somebody's home is drawn now, and gives the page that they look at.
///
/// Before the incidents are read: what changes from here on has it drawn once more.
pub async fn draw(conn: &mut PgConnection, slack_user: &str, now: DateTime<Utc>) -> Result<ListPlace, Error> {
    let row = sqlx::query!(
        "UPDATE homes SET drawn_at = $2, redraw_at = NULL WHERE slack_user_id = $1 RETURNING older_than, newer_than",
        slack_user,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or(ListPlace::Newest, |row| {
        ListPlace::from_cursors(row.older_than.map(IncidentId), row.newer_than.map(IncidentId))
    }))
}

/// The homes that show one of these incidents, were opened within ten minutes, and are not to be drawn anew yet: they are from now
/// on. Gives whose they are and when, which is at most once a minute.
///
/// In a burst of changes only the first to get here finds any; others wait at most for its commit.
pub async fn want_redraw(
    conn: &mut PgConnection,
    incidents: &[IncidentId],
    now: DateTime<Utc>,
) -> Result<Vec<(String, DateTime<Utc>)>, Error> {
    let rows = sqlx::query!(
        r#"UPDATE homes h SET redraw_at = GREATEST($2::timestamptz + interval '2 seconds', h.drawn_at + interval '1 minute')
           WHERE h.slack_user_id IN (
               SELECT o.slack_user_id FROM homes o
               WHERE o.opened_at > $2::timestamptz - interval '10 minutes'
                 -- One whose drawing was given up must not wait for ever.
                 AND (o.redraw_at IS NULL OR o.redraw_at < $2::timestamptz - interval '2 minutes')
                 AND EXISTS (SELECT FROM incidents i
                             WHERE i.id = ANY ($1)
                               AND (NOT i.private OR i.declared_by_slack_user = o.slack_user_id
                                    OR EXISTS (SELECT FROM incident_members m
                                               WHERE m.incident_id = i.id AND m.slack_user_id = o.slack_user_id)
                                    OR EXISTS (SELECT FROM role_holders h
                                               WHERE h.incident_id = i.id AND h.slack_user_id = o.slack_user_id)))
               ORDER BY o.slack_user_id FOR UPDATE)
           RETURNING h.slack_user_id, h.redraw_at AS "redraw_at!""#,
        &incidents.iter().map(|id| id.0).collect::<Vec<_>>(),
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.slack_user_id, row.redraw_at)).collect())
}
