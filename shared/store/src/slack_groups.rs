//! A copy of the user groups in Slack and of who is in them, so that inviting one asks nobody.

use chrono::{DateTime, Utc};
use sqlx::{Error, PgConnection};

/// A user group as Slack described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackGroup {
    /// `S…`
    pub id: String,
    /// Without `@`.
    pub handle: String,
    /// What people read.
    pub name: String,
    /// Whether it can be mentioned still.
    pub active: bool,
}

/// Somebody in a group who may be invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Slack's id of the person.
    pub id: String,
    /// The name that they go by; their id while it is not known.
    pub name: String,
}

/// Keeps a group as Slack just described it.
pub async fn keep(conn: &mut PgConnection, group: &SlackGroup) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO slack_groups (id, handle, name, active, fetched_at)
         VALUES ($1, $2, $3, $4, clock_timestamp())
         ON CONFLICT (id) DO UPDATE
             SET handle = excluded.handle, name = excluded.name, active = excluded.active,
                 fetched_at = excluded.fetched_at",
        group.id,
        group.handle,
        group.name,
        group.active
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps who is in a group, and nobody else; nothing happens for a group that is not known.
pub async fn set_members(conn: &mut PgConnection, group: &str, users: &[String]) -> Result<(), Error> {
    let known = sqlx::query!("UPDATE slack_groups SET members_at = now() WHERE id = $1", group)
        .execute(&mut *conn)
        .await?;
    if known.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!(
        "DELETE FROM slack_group_members WHERE group_id = $1 AND slack_user_id <> ALL ($2)",
        group,
        users
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO slack_group_members (group_id, slack_user_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
        group,
        users
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The group that is meant by an id, a handle or a name, in this order.
pub async fn find(conn: &mut PgConnection, which: &str) -> Result<Option<SlackGroup>, Error> {
    let which = which.trim().trim_start_matches('@');
    sqlx::query_as!(
        SlackGroup,
        "SELECT id, handle, name, active FROM slack_groups
         WHERE active AND (id = $1 OR lower(handle) = lower($1) OR lower(name) = lower($1))
         ORDER BY (id = $1) DESC, (lower(handle) = lower($1)) DESC, id LIMIT 1",
        which
    )
    .fetch_optional(conn)
    .await
}

/// Who is in a group and can be invited: no apps, and nobody without an account. `None` where that was never copied.
pub async fn members(conn: &mut PgConnection, group: &str) -> Result<Option<Vec<GroupMember>>, Error> {
    let copied = sqlx::query_scalar!(
        r#"SELECT members_at IS NOT NULL AS "copied!" FROM slack_groups WHERE id = $1"#,
        group
    )
    .fetch_optional(&mut *conn)
    .await?;
    if copied != Some(true) {
        return Ok(None);
    }
    let members = sqlx::query_as!(
        GroupMember,
        r#"SELECT slack_user_id AS id, COALESCE(u.name, slack_user_id) AS "name!"
           FROM slack_group_members LEFT JOIN slack_users u ON u.id = slack_user_id
           WHERE group_id = $1 AND COALESCE(u.active AND NOT u.is_bot, true) ORDER BY slack_user_id"#,
        group
    )
    .fetch_all(conn)
    .await?;
    Ok(Some(members))
}

/// Notes that all groups have just been kept; those that were not seen since `began` are there no more.
pub async fn copied(conn: &mut PgConnection, began: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE slack_groups SET active = false WHERE active AND fetched_at < $1",
        began
    )
    .execute(&mut *conn)
    .await?;
    crate::slack_copies::completed(conn, "groups").await
}

/// The group is there no more.
pub async fn gone(conn: &mut PgConnection, id: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE slack_groups SET active = false WHERE id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// What stands in the place of a complete copy where the groups may not be read.
pub const REFUSED: &str = "groups refused";

/// Notes that Slack does not let the app read the groups.
pub async fn refused(conn: &mut PgConnection) -> Result<(), Error> {
    crate::slack_copies::completed(conn, REFUSED).await
}
