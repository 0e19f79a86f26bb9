//! Incidents, one at a time. Lists with filters are in `incident_list`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{Actor, ChannelLost, Incident, IncidentId, LastUpdate, NamedChannel, Posted, RcaChannelLost, RoleHolder};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// A query that gives whole incidents, as [`Row`]s: the columns, then what is given here, in which `i` is the incident.
macro_rules! incidents {
    ($which:tt $(+ $more:tt)* $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            crate::incidents::Row,
            r#"SELECT i.id, i.title, i.description, i.severity, i.status, i.private,
                      i.declared_by AS "declared_by: sqlx::types::Json<domain::Actor>",
                      i.declared_at, i.updated_at, i.resolved_at, i.revision, i.channel_name, i.channel_id,
                      panel.ts AS "panel_ts?", digest.channel_id AS "digest_channel?", digest.ts AS "digest_ts?",
                      i.channel_number, i.archived_at, i.channel_lost, i.rca_channel_id,
                      i.rca_channel_name, i.rca_channel_lost, i.rca_document_url, i.last_update_at, i.last_update,
                      declarer.name AS "declarer?",
                      (SELECT jsonb_agg(jsonb_build_object('role', role, 'user_id', slack_user_id,
                                                           'name', COALESCE(holder.name, slack_user_id),
                                                           'active', holder.active IS NOT FALSE
                                                                     AND (holder.guest IS NOT TRUE OR EXISTS (
                                                                         SELECT FROM settings
                                                                         WHERE key = 'guests_may_act' AND value = 'true'))))
                       FROM role_holders LEFT JOIN slack_users holder ON holder.id = slack_user_id
                       WHERE incident_id = i.id) AS "roles: sqlx::types::Json<Vec<domain::RoleHolder>>"
               FROM incidents i LEFT JOIN slack_users declarer ON declarer.id = i.declared_by_slack_user
                    LEFT JOIN posted_messages panel
                        ON panel.kind = 'panel' AND panel.subject = i.id AND panel.recipient = ''
                           AND panel.channel_id = i.channel_id
                    LEFT JOIN posted_messages digest
                        ON digest.kind = 'digest' AND digest.subject = i.id AND digest.recipient = '' "#
                + $which $(+ $more)*
            $(, $argument)*
        )
    };
}
pub(crate) use incidents;

/// A row of `incidents`, with who the people are.
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
    pub(crate) channel_number: i32,
    pub(crate) archived_at: Option<DateTime<Utc>>,
    pub(crate) channel_lost: Option<String>,
    pub(crate) rca_channel_id: Option<String>,
    pub(crate) rca_channel_name: Option<String>,
    pub(crate) rca_channel_lost: Option<String>,
    pub(crate) rca_document_url: Option<String>,
    pub(crate) last_update_at: Option<DateTime<Utc>>,
    pub(crate) last_update: Option<String>,
    pub(crate) roles: Option<Json<Vec<RoleHolder>>>,
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
            channel_number: row.channel_number,
            archived_at: row.archived_at,
            channel_lost: row.channel_lost.as_deref().and_then(ChannelLost::from_word),
            rca_channel: row
                .rca_channel_id
                .zip(row.rca_channel_name)
                .map(|(id, name)| NamedChannel { id, name }),
            rca_channel_lost: row.rca_channel_lost.as_deref().and_then(RcaChannelLost::from_word),
            rca_document_url: row.rca_document_url,
            last_update: row
                .last_update_at
                .zip(row.last_update)
                .map(|(at, message)| LastUpdate { at, message }),
            roles: row.roles.map(|roles| roles.0).unwrap_or_default(),
        }
    }
}

/// An incident that is to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewIncident<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// The first entry of its timeline.
    pub happening: &'a Happening,
    /// When people are reminded of its first update; `None` for not at all.
    pub first_reminder: Option<DateTime<Utc>>,
}

/// Adds incidents, each with the first entry of its timeline, and gives the ids of those that were added: one whose channel
/// name another incident has is not.
///
/// While another transaction adds one with the same channel name, this waits for its end.
pub async fn insert(conn: &mut PgConnection, incidents: &[NewIncident<'_>]) -> Result<HashSet<IncidentId>, Error> {
    let columns = Columns::new(incidents);
    // One statement, because people wait for it; in the order of names, because two of these at once would otherwise wait
    // for each other.
    let added = sqlx::query_scalar!(
        r#"WITH given AS MATERIALIZED (
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::jsonb[],
                                  $8::text[], $9::timestamptz[], $10::text[], $11::uuid[], $12::text[], $13::jsonb[],
                                  $14::timestamptz[])
                 AS g (id, title, description, severity, status, private, declared_by, declared_by_slack_user,
                       declared_at, channel_name, entry_id, kind, event, reminders_until)
         ), added AS (
             INSERT INTO incidents
                 (id, title, description, severity, status, private, declared_by, declared_by_slack_user,
                  declared_at, updated_at, revision, channel_name, reminders_until)
             SELECT id, title, description, severity, status, private, declared_by, declared_by_slack_user,
                    declared_at, declared_at, 1, channel_name, reminders_until
             FROM given ORDER BY channel_name
             ON CONFLICT (channel_name) DO NOTHING
             RETURNING id
         )
         INSERT INTO timeline_entries (id, incident_id, at, actor, kind, event)
         SELECT entry_id, id, declared_at, declared_by, kind, event FROM given JOIN added USING (id)
         RETURNING incident_id"#,
        &columns.id,
        &columns.title,
        &columns.description,
        &columns.severity,
        &columns.status,
        &columns.private,
        &columns.declared_by,
        &columns.declared_by_slack_user as &[Option<String>],
        &columns.declared_at,
        &columns.channel_name,
        &columns.entry_id,
        &columns.kind,
        &columns.happening,
        &columns.first_reminder as &[Option<DateTime<Utc>>],
    )
    .fetch_all(conn)
    .await?;
    Ok(added.into_iter().map(IncidentId).collect())
}

/// New incidents, turned on their side for `unnest`.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    title: Vec<String>,
    description: Vec<String>,
    severity: Vec<String>,
    status: Vec<String>,
    private: Vec<bool>,
    declared_by: Vec<Value>,
    declared_by_slack_user: Vec<Option<String>>,
    declared_at: Vec<DateTime<Utc>>,
    channel_name: Vec<String>,
    entry_id: Vec<Uuid>,
    kind: Vec<String>,
    happening: Vec<Value>,
    first_reminder: Vec<Option<DateTime<Utc>>>,
}

impl Columns {
    fn new(incidents: &[NewIncident<'_>]) -> Self {
        let mut columns = Self::default();
        for new in incidents {
            let (incident, happening) = (new.incident, new.happening);
            columns.id.push(incident.id.0);
            columns.title.push(incident.title.clone());
            columns.description.push(incident.description.clone());
            columns.severity.push(incident.severity.clone());
            columns.status.push(incident.status.clone());
            columns.private.push(incident.private);
            columns.declared_by.push(json!(incident.declared_by));
            let declared_by = incident.declared_by.slack_user_id();
            columns.declared_by_slack_user.push(declared_by.map(str::to_owned));
            columns.declared_at.push(incident.declared_at);
            columns.channel_name.push(incident.channel_name.clone());
            columns.entry_id.push(Uuid::now_v7());
            columns.kind.push(happening.kind().to_owned());
            columns.happening.push(json!(happening));
            columns.first_reminder.push(new.first_reminder);
        }
        columns
    }
}

/// The incident with this id, whoever asks.
pub async fn get(conn: &mut PgConnection, id: IncidentId) -> Result<Option<Incident>, Error> {
    let row = incidents!("WHERE i.id = $1", id.0).fetch_optional(conn).await?;
    Ok(row.map(Into::into))
}

/// Like [`get`], holding the incident's row until the transaction ends: whoever changes it takes it so, which puts
/// changes and the jobs they leave in one order.
pub async fn lock(conn: &mut PgConnection, id: IncidentId) -> Result<Option<Incident>, Error> {
    // Two statements: one that has waited for the lock would still see roles as they were before.
    sqlx::query!("SELECT id FROM incidents WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(&mut *conn)
        .await?;
    get(conn, id).await
}

/// The incident whose channel this is, whoever asks.
pub async fn of_channel(conn: &mut PgConnection, channel_id: &str) -> Result<Option<Incident>, Error> {
    let row = incidents!("WHERE i.channel_id = $1", channel_id)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(Into::into))
}

/// The incident whose channel this is, or whose causes are looked into there.
pub async fn of_either_channel(conn: &mut PgConnection, channel_id: &str) -> Result<Option<Incident>, Error> {
    let row = incidents!("WHERE i.channel_id = $1 OR i.rca_channel_id = $1", channel_id)
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
        r#"SELECT channel_name AS "name!" FROM incidents WHERE channel_name = $1 OR channel_name LIKE $1 || '-%'
           UNION
           SELECT wanted_channel_name FROM incidents
           WHERE wanted_channel_name = $1 OR wanted_channel_name LIKE $1 || '-%'"#,
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

/// Gives an incident another title.
pub async fn set_title(conn: &mut PgConnection, id: IncidentId, title: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE incidents SET title = $2 WHERE id = $1", id.0, title)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps which name the channel is to get, `None` for the one it has; `false` when another incident has or wants it.
pub async fn want_channel_name(conn: &mut PgConnection, id: IncidentId, name: Option<&str>) -> Result<bool, Error> {
    let wanted = sqlx::query!(
        "UPDATE incidents SET wanted_channel_name = $2
         WHERE id = $1 AND NOT EXISTS (SELECT FROM incidents other
                                       WHERE other.id <> $1 AND (other.channel_name = $2
                                                                 OR other.wanted_channel_name = $2))",
        id.0,
        name
    )
    .execute(conn)
    .await?;
    Ok(wanted.rows_affected() == 1)
}

/// The name that the channel is to get, while Slack has not given it yet.
pub async fn wanted_channel_name(conn: &mut PgConnection, id: IncidentId) -> Result<Option<String>, Error> {
    let name = sqlx::query_scalar!("SELECT wanted_channel_name FROM incidents WHERE id = $1", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(name.flatten())
}

/// Keeps the name that the channel has in Slack now. Nothing changes while another incident's channel is called so.
pub async fn channel_renamed(conn: &mut PgConnection, id: IncidentId, name: &str) -> Result<bool, Error> {
    let renamed = sqlx::query!(
        "UPDATE incidents SET channel_name = $2, wanted_channel_name = NULL
         WHERE id = $1 AND NOT EXISTS (SELECT FROM incidents other WHERE other.id <> $1 AND other.channel_name = $2)",
        id.0,
        name
    )
    .execute(conn)
    .await?;
    Ok(renamed.rows_affected() > 0)
}

/// Keeps the name that an RCA channel has in Slack now, where it is one.
pub async fn rca_channel_renamed(conn: &mut PgConnection, channel_id: &str, name: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET rca_channel_name = $2 WHERE rca_channel_id = $1 AND rca_channel_name <> $2",
        channel_id,
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
        "UPDATE incidents
         SET channel_id = $2, channel_name = $3, updated_at = GREATEST(updated_at, $4), revision = revision + 1
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
        r#"SELECT EXISTS (SELECT FROM incidents WHERE channel_id = $1 OR rca_channel_id = $1) AS "exists!""#,
        channel_id
    )
    .fetch_one(conn)
    .await
}

/// Counts a change of what is shown that is no column of the incident itself. Its time never goes back, although the clock
/// of another replica may be ahead.
pub async fn touch(conn: &mut PgConnection, id: IncidentId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET updated_at = GREATEST(updated_at, $2), revision = revision + 1 WHERE id = $1",
        id.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that an incident is private: nobody sees it but its members.
pub async fn set_private(conn: &mut PgConnection, id: IncidentId) -> Result<(), Error> {
    sqlx::query!("UPDATE incidents SET private = true WHERE id = $1", id.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives an incident another severity.
pub async fn set_severity(conn: &mut PgConnection, id: IncidentId, severity: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE incidents SET severity = $2 WHERE id = $1", id.0, severity)
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives an incident another status, and stamps when; `resolved_at` is `None` for one that is open.
pub async fn set_status(
    conn: &mut PgConnection,
    id: IncidentId,
    status: &str,
    resolved_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "WITH changed AS (
             UPDATE incidents SET status = $2, resolved_at = $3 WHERE id = $1 RETURNING id, revision
         )
         INSERT INTO status_changes (incident_id, revision, status, at) SELECT id, revision + 1, $2, $4 FROM changed",
        id.0,
        status,
        resolved_at,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When an incident came into a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Key of the status.
    pub status: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Every change of an incident's status in order of time, without the one that it was declared with.
pub async fn status_changes(conn: &mut PgConnection, id: IncidentId) -> Result<Vec<StatusChange>, Error> {
    sqlx::query_as!(
        StatusChange,
        "SELECT status, at FROM status_changes WHERE incident_id = $1 ORDER BY revision",
        id.0
    )
    .fetch_all(conn)
    .await
}

/// Keeps the update that was sent last.
pub async fn set_last_update(
    conn: &mut PgConnection,
    id: IncidentId,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET last_update = $2, last_update_at = $3 WHERE id = $1",
        id.0,
        message,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the channel in which the causes are looked into. The first one stays.
pub async fn set_rca_channel(conn: &mut PgConnection, id: IncidentId, channel: &NamedChannel) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE incidents SET rca_channel_id = $2, rca_channel_name = $3 WHERE id = $1 AND rca_channel_id IS NULL",
        id.0,
        channel.id,
        channel.name
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Open incidents that have a channel.
pub async fn open_with_channel(conn: &mut PgConnection) -> Result<Vec<IncidentId>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM incidents WHERE resolved_at IS NULL AND channel_id IS NOT NULL ORDER BY id"
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(IncidentId).collect())
}

/// Resolved incidents whose channel is still checked: private ones, and those that the bot was removed from.
pub async fn resolved_to_check(conn: &mut PgConnection) -> Result<Vec<IncidentId>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT id FROM incidents
         WHERE resolved_at IS NOT NULL AND channel_id IS NOT NULL AND archived_at IS NULL
           AND (private OR channel_lost = 'removed')
         ORDER BY id"
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(IncidentId).collect())
}

/// The open incidents in which somebody holds a role, in the order in which they are locked.
pub async fn open_with_holder(conn: &mut PgConnection, slack_user: &str) -> Result<Vec<IncidentId>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT DISTINCT i.id FROM incidents i JOIN role_holders r ON r.incident_id = i.id
         WHERE i.resolved_at IS NULL AND r.slack_user_id = $1 ORDER BY i.id",
        slack_user
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(IncidentId).collect())
}
