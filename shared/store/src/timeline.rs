//! Entries of timelines. They are only ever added: what an entry said before it was changed is kept, and one that was
//! deleted is only marked.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::timeline::{Happening, TimelineEntry};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Adds an entry about what has just happened and gives its id; `to_tell` when the channel is to be told of it.
///
/// It does not come before the last change of the incident, although the clock of another replica may be ahead.
pub async fn append(
    conn: &mut PgConnection,
    incident: IncidentId,
    now: DateTime<Utc>,
    actor: &Actor,
    happening: &Happening,
    to_tell: bool,
) -> Result<Uuid, Error> {
    let changed = sqlx::query_scalar!("SELECT updated_at FROM incidents WHERE id = $1", incident.0)
        .fetch_optional(&mut *conn)
        .await?;
    let at = changed.map_or(now, |changed| changed.max(now));
    append_at(conn, incident, at, actor, happening, to_tell).await
}

/// Adds an entry with exactly this time.
pub async fn append_at(
    conn: &mut PgConnection,
    incident: IncidentId,
    at: DateTime<Utc>,
    actor: &Actor,
    happening: &Happening,
    to_tell: bool,
) -> Result<Uuid, Error> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO timeline_entries (id, incident_id, at, actor, kind, event, to_post)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        incident.0,
        at,
        Json(actor) as _,
        happening.kind(),
        Json(happening) as _,
        to_tell,
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// What an entry's row says.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor: Json<Actor>,
    pub(crate) event: Json<Happening>,
}

impl From<Row> for TimelineEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor.0,
            happening: row.event.0,
        }
    }
}

/// The entries of an incident in order of time.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<TimelineEntry>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, at, actor AS "actor: Json<Actor>", event AS "event: Json<Happening>"
           FROM timeline_entries WHERE incident_id = $1 AND deleted_at IS NULL ORDER BY at, id"#,
        incident.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// One entry of an incident, unless it was deleted.
pub async fn get(conn: &mut PgConnection, incident: IncidentId, id: Uuid) -> Result<Option<TimelineEntry>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, at, actor AS "actor: Json<Actor>", event AS "event: Json<Happening>"
           FROM timeline_entries WHERE incident_id = $1 AND id = $2 AND deleted_at IS NULL"#,
        incident.0,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// When entries of an incident were last changed, by entry; those that never were are not in it.
pub async fn edited(conn: &mut PgConnection, incident: IncidentId) -> Result<HashMap<Uuid, DateTime<Utc>>, Error> {
    let rows = sqlx::query!(
        r#"SELECT v.entry_id, max(v.replaced_at) AS "edited_at!"
           FROM timeline_versions v JOIN timeline_entries e ON e.id = v.entry_id
           WHERE e.incident_id = $1 AND e.version > 1 GROUP BY v.entry_id"#,
        incident.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.entry_id, row.edited_at)).collect())
}

/// The newest entry that says that a job could not do what it was to do.
pub async fn problem_of_job(conn: &mut PgConnection, incident: IncidentId, job: Uuid) -> Result<Option<Uuid>, Error> {
    sqlx::query_scalar!(
        "SELECT id FROM timeline_entries
         WHERE incident_id = $1 AND kind = 'problem' AND event->>'job' = $2::uuid::text AND deleted_at IS NULL
         ORDER BY at DESC, id DESC LIMIT 1",
        incident.0,
        job
    )
    .fetch_optional(conn)
    .await
}

/// Gives an entry another time and another text; what it said before is kept. The caller holds the incident's lock.
pub async fn change(
    conn: &mut PgConnection,
    id: Uuid,
    at: DateTime<Utc>,
    happening: &Happening,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO timeline_versions (entry_id, version, at, event, replaced_at, replaced_by)
         SELECT id, version, at, event, $2, $3 FROM timeline_entries WHERE id = $1",
        id,
        now,
        Json(actor) as _,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE timeline_entries SET at = $2, kind = $3, event = $4, version = version + 1 WHERE id = $1",
        id,
        at,
        happening.kind(),
        Json(happening) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks an entry as deleted: it is shown no more.
pub async fn delete(conn: &mut PgConnection, id: Uuid, actor: &Actor, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE timeline_entries SET deleted_at = $2, deleted_by = $3 WHERE id = $1 AND deleted_at IS NULL",
        id,
        now,
        Json(actor) as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who resolved an incident last.
pub async fn resolved_by(conn: &mut PgConnection, incident: IncidentId) -> Result<Option<Actor>, Error> {
    let row = sqlx::query!(
        r#"SELECT actor AS "actor: Json<Actor>" FROM timeline_entries
           WHERE incident_id = $1 AND kind = 'status_changed' ORDER BY at DESC, id DESC LIMIT 1"#,
        incident.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.actor.0))
}

/// Whether the user group with this handle was invited to the channel that an incident has.
pub async fn group_was_invited(conn: &mut PgConnection, incident: IncidentId, handle: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM timeline_entries
               WHERE incident_id = $1 AND kind = 'group_invited' AND event->>'group' = $2
                 AND at >= COALESCE((SELECT max(at) FROM timeline_entries
                                     WHERE incident_id = $1 AND kind = 'channel_created'), '-infinity')
           ) AS "is!""#,
        incident.0,
        handle
    )
    .fetch_one(conn)
    .await
}
