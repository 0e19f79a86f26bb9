//! What was said on the page, and what is to be said.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::Actor;
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

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
