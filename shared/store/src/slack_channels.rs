//! A copy of the channels in Slack, so that finding one by its name asks nobody.

use chrono::{DateTime, Utc};
use sqlx::{Error, PgConnection};

/// A channel as Slack described it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Slack describes them so")]
pub struct SlackChannel {
    /// `C…` or `G…`.
    pub id: String,
    /// Without `#`.
    pub name: String,
    /// Only members see it.
    pub private: bool,
    /// Nothing can be posted any more.
    pub archived: bool,
    /// Whether the bot is in it.
    pub member: bool,
    /// Whether people of another workspace are in it.
    pub ext_shared: bool,
}

/// Keeps channels as Slack just described them.
pub async fn keep(conn: &mut PgConnection, channels: &[SlackChannel]) -> Result<(), Error> {
    let ids: Vec<_> = channels.iter().map(|channel| channel.id.clone()).collect();
    let names: Vec<_> = channels.iter().map(|channel| channel.name.clone()).collect();
    let private: Vec<_> = channels.iter().map(|channel| channel.private).collect();
    let archived: Vec<_> = channels.iter().map(|channel| channel.archived).collect();
    let member: Vec<_> = channels.iter().map(|channel| channel.member).collect();
    let ext_shared: Vec<_> = channels.iter().map(|channel| channel.ext_shared).collect();
    sqlx::query!(
        "INSERT INTO slack_channels (id, name, private, archived, member, ext_shared, fetched_at)
         SELECT *, clock_timestamp() FROM unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::bool[], $6::bool[])
         ON CONFLICT (id) DO UPDATE
             SET name = excluded.name, private = excluded.private, archived = excluded.archived,
                 member = excluded.member, ext_shared = excluded.ext_shared, active = true,
                 fetched_at = excluded.fetched_at",
        &ids,
        &names,
        &private,
        &archived,
        &member,
        &ext_shared
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The channel that has this id or, else, this name; of several with a name, the one that was seen last.
pub async fn find(conn: &mut PgConnection, id_or_name: &str) -> Result<Option<SlackChannel>, Error> {
    sqlx::query_as!(
        SlackChannel,
        "SELECT id, name, private, archived, member, ext_shared FROM slack_channels
         WHERE active AND (id = $1 OR name = $1) ORDER BY (id = $1) DESC, archived, fetched_at DESC LIMIT 1",
        id_or_name
    )
    .fetch_optional(conn)
    .await
}

/// Whether people of another workspace are in the channel; `None` for one that is not copied.
pub async fn is_ext_shared(conn: &mut PgConnection, id: &str) -> Result<Option<bool>, Error> {
    sqlx::query_scalar!("SELECT ext_shared FROM slack_channels WHERE id = $1", id)
        .fetch_optional(conn)
        .await
}

/// The channel is shared with another workspace, or not any more.
pub async fn set_ext_shared(conn: &mut PgConnection, id: &str, ext_shared: bool) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE slack_channels SET ext_shared = $2 WHERE id = $1",
        id,
        ext_shared
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The channel has another name.
pub async fn rename(conn: &mut PgConnection, id: &str, name: &str) -> Result<(), Error> {
    sqlx::query!("UPDATE slack_channels SET name = $2 WHERE id = $1", id, name)
        .execute(conn)
        .await?;
    Ok(())
}

/// The channel was archived, or opened again.
pub async fn set_archived(conn: &mut PgConnection, id: &str, archived: bool) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE slack_channels SET archived = $2, active = true WHERE id = $1",
        id,
        archived
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The bot came into the channel, or is not in it any more.
pub async fn set_member(conn: &mut PgConnection, id: &str, member: bool) -> Result<(), Error> {
    sqlx::query!("UPDATE slack_channels SET member = $2 WHERE id = $1", id, member)
        .execute(conn)
        .await?;
    Ok(())
}

/// The channel is there no more.
pub async fn gone(conn: &mut PgConnection, id: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE slack_channels SET active = false, member = false WHERE id = $1",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the last page of the channels has just been kept; those that were not seen since `began` are archived, gone,
/// or not for the bot to see.
pub async fn copied(conn: &mut PgConnection, began: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE slack_channels SET active = false WHERE active AND fetched_at < $1",
        began
    )
    .execute(&mut *conn)
    .await?;
    crate::slack_copies::completed(conn, "channels").await
}
