//! What an incident's channel is still to be told: entries of its timeline, joined into messages.
//!
//! Which entries a message tells of is fixed before it is sent for the first time. A message that was begun comes before
//! the next one, so nothing is said twice and nothing is left out.

use chrono::{DateTime, TimeDelta, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use crate::timeline::Row;

/// What is to be said next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This message, which may have been sent before.
    Message(Uuid),
    /// Nothing before this moment: the channel was told something just now.
    NotBefore(DateTime<Utc>),
    /// Nothing.
    Nothing,
}

/// The message to send: one that was begun, or else everything that is still to be told.
///
/// After a message there is none for `pause`. The caller holds the lane of the incident's notices.
pub async fn next(
    conn: &mut PgConnection,
    incident: IncidentId,
    now: DateTime<Utc>,
    pause: TimeDelta,
) -> Result<Next, Error> {
    let begun = sqlx::query_scalar!(
        "SELECT id FROM notices WHERE incident_id = $1 AND posted_at IS NULL ORDER BY id LIMIT 1",
        incident.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(begun) = begun {
        return Ok(Next::Message(begun));
    }
    let last = sqlx::query_scalar!(
        r#"SELECT max(posted_at) FROM notices WHERE incident_id = $1 AND posted_at IS NOT NULL"#,
        incident.0
    )
    .fetch_one(&mut *conn)
    .await?;
    if let Some(free) = last.map(|last| last + pause).filter(|free| *free > now) {
        return Ok(Next::NotBefore(free));
    }
    let id = Uuid::now_v7();
    let joined = sqlx::query!(
        "WITH notice AS (
             INSERT INTO notices (id, incident_id)
             SELECT $2, $1
             WHERE EXISTS (SELECT FROM timeline_entries
                           WHERE incident_id = $1 AND to_post AND notice_id IS NULL)
             RETURNING id
         )
         UPDATE timeline_entries SET notice_id = notice.id FROM notice
         WHERE incident_id = $1 AND to_post AND notice_id IS NULL",
        incident.0,
        id
    )
    .execute(conn)
    .await?;
    Ok(if joined.rows_affected() > 0 {
        Next::Message(id)
    } else {
        Next::Nothing
    })
}

/// The entries that a message tells of, in order of time.
pub async fn of_message(conn: &mut PgConnection, message: Uuid) -> Result<Vec<TimelineEntry>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, at, actor AS "actor: Json<Actor>", event AS "event: Json<Happening>"
           FROM timeline_entries WHERE notice_id = $1 ORDER BY at, id"#,
        message
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Notes that a message was sent.
pub async fn said(conn: &mut PgConnection, message: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("UPDATE notices SET posted_at = $2 WHERE id = $1", message, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Has the channel told later that the incident was resolved: it could not be when it was.
pub async fn tell_resolution_later(conn: &mut PgConnection, incident: IncidentId) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE timeline_entries SET to_post = true
         WHERE id = (SELECT id FROM timeline_entries WHERE incident_id = $1 AND kind = 'status_changed'
                     ORDER BY at DESC, id DESC LIMIT 1)
           AND notice_id IS NULL",
        incident.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the channel is still to be told anything.
pub async fn any(conn: &mut PgConnection, incident: IncidentId) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM timeline_entries WHERE incident_id = $1 AND to_post AND notice_id IS NULL)
               OR EXISTS (SELECT FROM notices WHERE incident_id = $1 AND posted_at IS NULL) AS "any!""#,
        incident.0
    )
    .fetch_one(conn)
    .await
}
