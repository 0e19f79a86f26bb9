//! A copy of the status page, and what is published there of incidents.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::statuspage::{Component, Draft, Published, Seen};
use domain::{Actor, IncidentId, Posted};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// How long a draft that nobody confirms is kept.
const DRAFTS: TimeDelta = TimeDelta::days(1);

/// The page that is published on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its address, for people.
    pub url: Option<String>,
    /// When its components were last copied to their end.
    pub components_at: Option<DateTime<Utc>>,
    /// When its incidents were last read.
    pub looked_at: Option<DateTime<Utc>>,
    /// Since when they cannot be read, where they cannot.
    pub failing_since: Option<DateTime<Utc>>,
    /// Why they cannot be read.
    pub error: Option<String>,
}

/// Keeps which page is published on; what is known of another one is forgotten.
pub async fn set_page(conn: &mut PgConnection, page_id: &str, url: Option<&str>) -> Result<(), Error> {
    let kept = sqlx::query!(
        "INSERT INTO statuspage_page AS known (page_id, url, enabled) VALUES ($1, $2, true)
         ON CONFLICT (one) DO UPDATE SET url = excluded.url, enabled = true WHERE known.page_id = excluded.page_id",
        page_id,
        url
    )
    .execute(&mut *conn)
    .await?;
    if kept.rows_affected() > 0 {
        return Ok(());
    }
    for forget in [
        "DELETE FROM statuspage_components",
        "DELETE FROM statuspage_incidents",
        "DELETE FROM statuspage_page",
    ] {
        sqlx::query(forget).execute(&mut *conn).await?;
    }
    sqlx::query!(
        "INSERT INTO statuspage_page (page_id, url, enabled) VALUES ($1, $2, true)",
        page_id,
        url
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that nothing is published any more.
pub async fn switch_off(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("UPDATE statuspage_page SET enabled = false")
        .execute(conn)
        .await?;
    Ok(())
}

/// The page that is published on; `None` where none is.
pub async fn page(conn: &mut PgConnection) -> Result<Option<Page>, Error> {
    sqlx::query_as!(
        Page,
        "SELECT url, components_at, looked_at, failing_since, error FROM statuspage_page WHERE enabled"
    )
    .fetch_optional(conn)
    .await
}

/// Whether there is a page that is published on.
pub async fn is_on(conn: &mut PgConnection) -> Result<bool, Error> {
    Ok(page(conn).await?.is_some())
}

/// Keeps that the page was read, and the incidents and maintenances that stand there.
pub async fn looked(conn: &mut PgConnection, seen: &[Seen], now: DateTime<Utc>) -> Result<(), Error> {
    let ids: Vec<_> = seen.iter().map(|seen| seen.id.clone()).collect();
    sqlx::query!("DELETE FROM statuspage_incidents WHERE id <> ALL ($1)", &ids)
        .execute(&mut *conn)
        .await?;
    for seen in seen {
        sqlx::query!(
            "INSERT INTO statuspage_incidents (id, seen) VALUES ($1, $2)
             ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
            seen.id,
            Json(seen) as _
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!(
        "UPDATE statuspage_page SET looked_at = $1, failing_since = NULL, error = NULL",
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that the page could not be read.
pub async fn failed(conn: &mut PgConnection, error: &str, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE statuspage_page SET failing_since = COALESCE(failing_since, $2), error = $1",
        error,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The incidents and maintenances that stand on the page, as it was last read.
pub async fn standing(conn: &mut PgConnection) -> Result<Vec<Seen>, Error> {
    let seen = sqlx::query_scalar!(r#"SELECT seen AS "seen: Json<Seen>" FROM statuspage_incidents ORDER BY id"#)
        .fetch_all(conn)
        .await?;
    Ok(seen.into_iter().map(|seen| seen.0).collect())
}

/// When a copy of the components begins, by the database's clock.
pub async fn copy_begins(conn: &mut PgConnection) -> Result<DateTime<Utc>, Error> {
    sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
        .fetch_one(conn)
        .await
}

/// Keeps components as they are now.
pub async fn keep_components(conn: &mut PgConnection, components: &[Component]) -> Result<(), Error> {
    for component in components {
        sqlx::query!(
            "INSERT INTO statuspage_components (id, name, group_name, status, group_position, position)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE
                 SET name = excluded.name, group_name = excluded.group_name, status = excluded.status,
                     group_position = excluded.group_position, position = excluded.position,
                     fetched_at = excluded.fetched_at",
            component.id,
            component.name,
            component.group,
            component.status,
            component.group_position,
            component.position
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Keeps that all components have been kept; those that were not since `began` are there no more.
pub async fn components_copied(conn: &mut PgConnection, began: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("DELETE FROM statuspage_components WHERE fetched_at < $1", began)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("UPDATE statuspage_page SET components_at = $1", now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The components whose name, or their group's, has all words of `typed`, in the order of the page.
pub async fn search(conn: &mut PgConnection, typed: &str, limit: i64) -> Result<Vec<Component>, Error> {
    let words: Vec<_> = typed.split_whitespace().map(str::to_lowercase).collect();
    sqlx::query_as!(
        Component,
        r#"SELECT id, name, group_name AS "group", status, group_position, position FROM statuspage_components
           WHERE NOT EXISTS (SELECT FROM unnest($1::text[]) word
                             WHERE position(word IN lower(COALESCE(group_name, '') || ' ' || name)) = 0
                               AND id <> $3)
           ORDER BY group_position, group_name NULLS FIRST, position, id LIMIT $2"#,
        &words,
        limit,
        typed.trim()
    )
    .fetch_all(conn)
    .await
}

/// These components, in the order of the page.
pub async fn components(conn: &mut PgConnection, ids: &[String]) -> Result<Vec<Component>, Error> {
    sqlx::query_as!(
        Component,
        r#"SELECT id, name, group_name AS "group", status, group_position, position FROM statuspage_components
           WHERE id = ANY ($1) ORDER BY group_position, group_name NULLS FIRST, position, id"#,
        ids
    )
    .fetch_all(conn)
    .await
}

/// Keeps that something is to be published.
pub async fn insert(conn: &mut PgConnection, published: &Published) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO statuspage_published (id, incident_id, name, impact, status) VALUES ($1, $2, $3, $4, $5)",
        published.id,
        published.incident.0,
        published.name,
        published.impact,
        published.status
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    incident_id: Uuid,
    name: String,
    impact: String,
    status: String,
    statuspage_id: Option<String>,
    url: Option<String>,
    seen_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    removed: bool,
}

impl From<Row> for Published {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            incident: IncidentId(row.incident_id),
            name: row.name,
            impact: row.impact,
            status: row.status,
            statuspage_id: row.statuspage_id,
            url: row.url,
            seen_at: row.seen_at,
            ended_at: row.ended_at,
            removed: row.removed,
        }
    }
}

/// What was published with this id.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Published>, Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, incident_id, name, impact, status, statuspage_id, url, seen_at, ended_at, removed
         FROM statuspage_published WHERE id = $1",
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// What was published of an incident last.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Option<Published>, Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, incident_id, name, impact, status, statuspage_id, url, seen_at, ended_at, removed
         FROM statuspage_published WHERE incident_id = $1 ORDER BY id DESC LIMIT 1",
        incident.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Everything that stands on the page still, as far as is known.
pub async fn open(conn: &mut PgConnection) -> Result<Vec<Published>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, incident_id, name, impact, status, statuspage_id, url, seen_at, ended_at, removed
         FROM statuspage_published WHERE statuspage_id IS NOT NULL AND ended_at IS NULL ORDER BY incident_id"
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Keeps what was published as it is now.
pub async fn save(conn: &mut PgConnection, published: &Published) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE statuspage_published
         SET name = $2, impact = $3, status = $4, statuspage_id = $5, url = $6, seen_at = $7, ended_at = $8,
             removed = $9
         WHERE id = $1",
        published.id,
        published.name,
        published.impact,
        published.status,
        published.statuspage_id,
        published.url,
        published.seen_at,
        published.ended_at,
        published.removed
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A component that something published touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Statuspage's id.
    pub component_id: String,
    /// How it is, as far as is known.
    pub status: String,
    /// Whether we touched it, or somebody on Statuspage did.
    pub ours: bool,
}

/// The components that something published touches.
pub async fn touched(conn: &mut PgConnection, published: Uuid) -> Result<Vec<Touched>, Error> {
    sqlx::query_as!(
        Touched,
        "SELECT component_id, status, ours FROM statuspage_touched WHERE published_id = $1 ORDER BY component_id",
        published
    )
    .fetch_all(conn)
    .await
}

/// Keeps how a component is that something published touches.
pub async fn touch(conn: &mut PgConnection, published: Uuid, id: &str, status: &str, ours: bool) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO statuspage_touched AS known (published_id, component_id, status, ours) VALUES ($1, $2, $3, $4)
         ON CONFLICT (published_id, component_id) DO UPDATE
             SET status = excluded.status, ours = known.ours OR excluded.ours",
        published,
        id,
        status,
        ours
    )
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// Keeps how a component is.
pub async fn set_component_status(conn: &mut PgConnection, id: &str, status: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE statuspage_components SET status = $2 WHERE id = $1", id, status)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets what was to be published and never was, before something else is in its place.
pub async fn forget_unpublished(conn: &mut PgConnection, published: Uuid) -> Result<(), Error> {
    sqlx::query!("DELETE FROM statuspage_touched WHERE published_id = $1", published)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM statuspage_updates WHERE published_id = $1", published)
        .execute(conn)
        .await?;
    Ok(())
}

/// Something that was said on the page, or is to be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Its id, ours.
    pub id: Uuid,
    /// Of what was published.
    pub published: Uuid,
    /// Where the incident stands there.
    pub status: String,
    /// What customers read.
    pub body: String,
    /// How each component is, by its id.
    pub components: BTreeMap<String, String>,
    /// Whether subscribers are told.
    pub notify: bool,
    /// Who wants it to be said.
    pub actor: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Statuspage's id, once it is there.
    pub update_id: Option<String>,
    /// Statuspage did not take it.
    pub refused: bool,
}

/// Keeps something that was said, or is to be said.
pub async fn insert_update(conn: &mut PgConnection, update: &Update) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO statuspage_updates (id, published_id, status, body, components, notify, actor, at, update_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        update.id,
        update.published,
        update.status,
        update.body,
        Json(&update.components) as _,
        update.notify,
        Json(&update.actor) as _,
        update.at,
        update.update_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct UpdateRow {
    id: Uuid,
    published_id: Uuid,
    status: String,
    body: String,
    components: Json<BTreeMap<String, String>>,
    notify: bool,
    actor: Json<Actor>,
    at: DateTime<Utc>,
    update_id: Option<String>,
    refused: bool,
}

impl From<UpdateRow> for Update {
    fn from(row: UpdateRow) -> Self {
        Self {
            id: row.id,
            published: row.published_id,
            status: row.status,
            body: row.body,
            components: row.components.0,
            notify: row.notify,
            actor: row.actor.0,
            at: row.at,
            update_id: row.update_id,
            refused: row.refused,
        }
    }
}

/// What was said and is to be said, in order of time.
pub async fn updates(conn: &mut PgConnection, published: Uuid) -> Result<Vec<Update>, Error> {
    let rows = sqlx::query_as!(
        UpdateRow,
        r#"SELECT id, published_id, status, body, components AS "components: Json<BTreeMap<String, String>>", notify,
                  actor AS "actor: Json<Actor>", at, update_id, refused
           FROM statuspage_updates WHERE published_id = $1 ORDER BY at, id"#,
        published
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What is to be said, or was.
pub async fn update(conn: &mut PgConnection, id: Uuid) -> Result<Option<Update>, Error> {
    let row = sqlx::query_as!(
        UpdateRow,
        r#"SELECT id, published_id, status, body, components AS "components: Json<BTreeMap<String, String>>", notify,
                  actor AS "actor: Json<Actor>", at, update_id, refused
           FROM statuspage_updates WHERE id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Keeps that an update stands on the page.
pub async fn said(conn: &mut PgConnection, id: Uuid, update_id: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE statuspage_updates SET update_id = $2, refused = false WHERE id = $1",
        id,
        update_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that Statuspage did not take what is to be said.
pub async fn refused(conn: &mut PgConnection, id: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE statuspage_updates SET refused = true WHERE id = $1 AND update_id IS NULL",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where the message stands that shows it, in the channel where it was last posted.
pub async fn message(conn: &mut PgConnection, incident: IncidentId) -> Result<Option<Posted>, Error> {
    sqlx::query_as!(
        Posted,
        "SELECT channel, ts FROM statuspage_messages WHERE incident_id = $1",
        incident.0
    )
    .fetch_optional(conn)
    .await
}

/// Keeps where the message stands.
pub async fn set_message(conn: &mut PgConnection, incident: IncidentId, posted: &Posted) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO statuspage_messages (incident_id, channel, ts) VALUES ($1, $2, $3)
         ON CONFLICT (incident_id) DO UPDATE SET channel = excluded.channel, ts = excluded.ts",
        incident.0,
        posted.channel,
        posted.ts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what somebody wrote in the form's first step and gives its id: one for each form.
pub async fn keep_draft(
    conn: &mut PgConnection,
    view_id: &str,
    slack_user: &str,
    draft: &Draft,
    now: DateTime<Utc>,
) -> Result<Uuid, Error> {
    sqlx::query!("DELETE FROM statuspage_drafts WHERE at < $1", now - DRAFTS)
        .execute(&mut *conn)
        .await?;
    sqlx::query_scalar!(
        "INSERT INTO statuspage_drafts (id, view_id, slack_user_id, draft, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (view_id) DO UPDATE SET draft = excluded.draft, at = excluded.at RETURNING id",
        Uuid::now_v7(),
        view_id,
        slack_user,
        Json(draft) as _,
        now
    )
    .fetch_one(conn)
    .await
}

/// What somebody wrote in the form's first step.
pub async fn draft(conn: &mut PgConnection, id: Uuid, slack_user: &str) -> Result<Option<Draft>, Error> {
    let draft = sqlx::query_scalar!(
        r#"SELECT draft AS "draft: Json<Draft>" FROM statuspage_drafts WHERE id = $1 AND slack_user_id = $2"#,
        id,
        slack_user
    )
    .fetch_optional(conn)
    .await?;
    Ok(draft.map(|draft| draft.0))
}
