//! Incidents, one at a time. Lists with filters are in `incident_list`.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, Incident, IncidentId, Posted};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// A row of `incidents`; every query that gives whole incidents selects these columns.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) severity: String,
    pub(crate) status: String,
    pub(crate) private: bool,
    pub(crate) declared_by: Json<Actor>,
    pub(crate) declared_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    pub(crate) revision: i64,
    pub(crate) channel_name: String,
    pub(crate) channel_id: Option<String>,
    pub(crate) panel_ts: Option<String>,
    pub(crate) digest_channel: Option<String>,
    pub(crate) digest_ts: Option<String>,
    /// The name that the declarer goes by now.
    pub(crate) declarer: Option<String>,
}

impl From<Row> for Incident {
    fn from(row: Row) -> Self {
        let mut declared_by = row.declared_by.0;
        if let (Actor::Slack { name, .. }, Some(now)) = (&mut declared_by, row.declarer) {
            *name = now;
        }
        Self {
            id: IncidentId(row.id),
            title: row.title,
            description: row.description,
            severity: row.severity,
            status: row.status,
            private: row.private,
            declared_by,
            declared_at: row.declared_at,
            updated_at: row.updated_at,
            resolved_at: row.resolved_at,
            revision: row.revision,
            channel_name: row.channel_name,
            channel_id: row.channel_id,
            panel_ts: row.panel_ts,
            digest: row
                .digest_channel
                .zip(row.digest_ts)
                .map(|(channel, ts)| Posted { channel, ts }),
        }
    }
}

/// Adds an incident and the first entry of its timeline, unless another incident has its channel name: then nothing is
/// added, and this gives `false`.
///
/// While another transaction adds one with the same channel name, this waits for its end.
pub async fn insert(conn: &mut PgConnection, incident: &Incident, happening: &Happening) -> Result<bool, Error> {
    // One statement, because people wait for it.
    let added = sqlx::query!(
        "WITH added AS (
             INSERT INTO incidents
                 (id, title, description, severity, status, private, declared_by, declared_by_slack_user,
                  declared_at, updated_at, revision, channel_name)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (channel_name) DO NOTHING
             RETURNING id, declared_at, declared_by
         )
         INSERT INTO timeline_entries (id, incident_id, at, actor, kind, happening)
         SELECT $13, id, declared_at, declared_by, $14, $15 FROM added",
        incident.id.0,
        incident.title,
        incident.description,
        incident.severity,
        incident.status,
        incident.private,
        Json(&incident.declared_by) as _,
        incident.declared_by.slack_user_id(),
        incident.declared_at,
        incident.updated_at,
        incident.revision,
        incident.channel_name,
        Uuid::now_v7(),
        happening.kind(),
        Json(happening) as _,
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// The incident with this id, whoever asks.
pub async fn get(conn: &mut PgConnection, id: IncidentId) -> Result<Option<Incident>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT i.id, title, description, severity, status, private, declared_by AS "declared_by: Json<Actor>",
                  declared_at, updated_at, resolved_at, revision, channel_name, channel_id, panel_ts,
                  digest_channel, digest_ts, u.name AS "declarer?"
           FROM incidents i LEFT JOIN slack_users u ON u.id = declared_by_slack_user
           WHERE i.id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Like [`get`], holding the incident's row until the transaction ends: whoever changes it takes it so, which puts
/// changes and the jobs they leave in one order.
pub async fn lock(conn: &mut PgConnection, id: IncidentId) -> Result<Option<Incident>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT i.id, title, description, severity, status, private, declared_by AS "declared_by: Json<Actor>",
                  declared_at, updated_at, resolved_at, revision, channel_name, channel_id, panel_ts,
                  digest_channel, digest_ts, u.name AS "declarer?"
           FROM incidents i LEFT JOIN slack_users u ON u.id = declared_by_slack_user
           WHERE i.id = $1 FOR UPDATE OF i"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Chooses the first name with this base that no incident has: `base`, `base-2`, `base-3` …
///
/// Others who want the same base wait until the caller's transaction ends.
pub async fn choose_channel_name(conn: &mut PgConnection, base: &str) -> Result<String, Error> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('channel_name/' || $1, 0))",
        base
    )
    .execute(&mut *conn)
    .await?;
    let taken = sqlx::query_scalar!(
        // `_` and `%` never stand in a base.
        "SELECT channel_name FROM incidents WHERE channel_name = $1 OR channel_name LIKE $1 || '-%'",
        base
    )
    .fetch_all(conn)
    .await?;
    // One more number than there are names taken: one of them is free.
    let numbers = 1..=u32::try_from(taken.len()).unwrap_or(u32::MAX).saturating_add(1);
    let free = numbers
        .map(|number| domain::channel_name::numbered(base, number))
        .find(|name| !taken.contains(name));
    Ok(free.unwrap_or_else(|| base.to_owned()))
}

/// Gives an incident another channel name, before its channel is there.
pub async fn rename_channel(conn: &mut PgConnection, id: IncidentId, name: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET channel_name = $2 WHERE id = $1 AND channel_id IS NULL",
        id.0,
        name
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the channel that Slack made for an incident, and its name as Slack writes it.
pub async fn set_channel(
    conn: &mut PgConnection,
    id: IncidentId,
    channel_id: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET channel_id = $2, channel_name = $3, updated_at = $4, revision = revision + 1
         WHERE id = $1 AND channel_id IS NULL",
        id.0,
        channel_id,
        name,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a channel belongs to an incident.
pub async fn is_channel_of_incident(conn: &mut PgConnection, channel_id: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM incidents WHERE channel_id = $1) AS "exists!""#,
        channel_id
    )
    .fetch_one(conn)
    .await
}

/// Counts a change of what is shown that is no column of the incident itself.
pub async fn touch(conn: &mut PgConnection, id: IncidentId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET updated_at = $2, revision = revision + 1 WHERE id = $1",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps where the control panel stands.
pub async fn set_panel(conn: &mut PgConnection, id: IncidentId, ts: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE incidents SET panel_ts = $2 WHERE id = $1", id.0, ts)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps where the post in the digest channel stands.
pub async fn set_digest(conn: &mut PgConnection, id: IncidentId, posted: &Posted) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET digest_channel = $2, digest_ts = $3 WHERE id = $1",
        id.0,
        posted.channel,
        posted.ts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest incidents that are not resolved and that somebody in Slack may see.
pub async fn open_for(conn: &mut PgConnection, slack_user: &str, most: i64) -> Result<Vec<Incident>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT i.id, title, description, severity, status, private, declared_by AS "declared_by: Json<Actor>",
                  declared_at, updated_at, resolved_at, revision, channel_name, channel_id, panel_ts,
                  digest_channel, digest_ts, u.name AS "declarer?"
           FROM incidents i LEFT JOIN slack_users u ON u.id = declared_by_slack_user
           WHERE resolved_at IS NULL
             AND (NOT private OR declared_by_slack_user = $1
                  OR EXISTS (SELECT FROM incident_members m WHERE m.incident_id = i.id AND m.slack_user_id = $1))
           ORDER BY declared_at DESC, i.id DESC LIMIT $2"#,
        slack_user,
        most
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
