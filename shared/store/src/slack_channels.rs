//! A copy of the channels in Slack, so that finding one by its name asks nobody.

use sqlx::{Error, PgConnection};

/// A channel as Slack described it.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// Keeps channels as Slack just described them.
pub async fn keep(conn: &mut PgConnection, channels: &[SlackChannel]) -> Result<(), Error> {
    let ids: Vec<_> = channels.iter().map(|channel| channel.id.clone()).collect();
    let names: Vec<_> = channels.iter().map(|channel| channel.name.clone()).collect();
    let private: Vec<_> = channels.iter().map(|channel| channel.private).collect();
    let archived: Vec<_> = channels.iter().map(|channel| channel.archived).collect();
    let member: Vec<_> = channels.iter().map(|channel| channel.member).collect();
    sqlx::query!(
        "INSERT INTO slack_channels (id, name, private, archived, member)
         SELECT * FROM unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::bool[])
         ON CONFLICT (id) DO UPDATE
             SET name = excluded.name, private = excluded.private, archived = excluded.archived,
                 member = excluded.member, fetched_at = now()",
        &ids,
        &names,
        &private,
        &archived,
        &member
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The channel that has this id or, else, this name; of several with a name, the one that was seen last.
pub async fn find(conn: &mut PgConnection, id_or_name: &str) -> Result<Option<SlackChannel>, Error> {
    sqlx::query_as!(
        SlackChannel,
        "SELECT id, name, private, archived, member FROM slack_channels
         WHERE id = $1 OR name = $1 ORDER BY (id = $1) DESC, archived, fetched_at DESC LIMIT 1",
        id_or_name
    )
    .fetch_optional(conn)
    .await
}

/// Notes that the last page of the channels has just been kept.
pub async fn copied(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO slack_copies (what) VALUES ('channels')
         ON CONFLICT (what) DO UPDATE SET completed_at = clock_timestamp()"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether all channels have been copied since the request with this key was fulfilled.
pub async fn copied_since(conn: &mut PgConnection, request: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM slack_copies JOIN fulfilled_requests ON completed_at > fulfilled_at
                          WHERE what = 'channels' AND key = $1) AS "copied!""#,
        request
    )
    .fetch_one(conn)
    .await
}
