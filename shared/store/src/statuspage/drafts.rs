//! What people wrote in a form that they have not confirmed yet.

use chrono::{DateTime, TimeDelta, Utc};
use domain::statuspage::Draft;
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// How long a draft that nobody confirms is kept.
const DRAFTS: TimeDelta = TimeDelta::days(1);

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
