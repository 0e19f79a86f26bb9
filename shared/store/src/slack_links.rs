//! Questions in Slack whether somebody of the console is who has the same e-mail there.

use chrono::{DateTime, Utc};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// A question to somebody in Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackLink {
    /// Names it.
    pub id: Uuid,
    /// The person of the console.
    pub user_id: Uuid,
    /// The e-mail that both had when it was asked.
    pub email: String,
    /// Slack's id of who is asked.
    pub slack_user_id: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Until when it can be answered.
    pub expires_at: DateTime<Utc>,
    /// The channel and the `ts` of the message, once it was posted.
    pub message: Option<(String, String)>,
    /// What was answered, once it was.
    pub confirmed: Option<bool>,
}

impl SlackLink {
    /// Whether it waits for its answer.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.confirmed.is_none() && now < self.expires_at
    }
}

struct Row {
    id: Uuid,
    user_id: Uuid,
    email: String,
    slack_user_id: String,
    asked_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    channel_id: Option<String>,
    message_ts: Option<String>,
    confirmed: Option<bool>,
}

impl From<Row> for SlackLink {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            email: row.email,
            slack_user_id: row.slack_user_id,
            asked_at: row.asked_at,
            expires_at: row.expires_at,
            message: row.channel_id.zip(row.message_ts),
            confirmed: row.confirmed,
        }
    }
}

/// Adds a question.
pub async fn add(conn: &mut PgConnection, link: &SlackLink) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO slack_links (id, user_id, email, slack_user_id, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        link.id,
        link.user_id,
        link.email,
        link.slack_user_id,
        link.asked_at,
        link.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A question as it is now.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<SlackLink>, Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, user_id, email, slack_user_id, asked_at, expires_at, channel_id, message_ts, confirmed
         FROM slack_links WHERE id = $1",
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// What somebody of the console asked since then, the newest first.
pub async fn of_user(conn: &mut PgConnection, user: Uuid, since: DateTime<Utc>) -> Result<Vec<SlackLink>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, user_id, email, slack_user_id, asked_at, expires_at, channel_id, message_ts, confirmed
         FROM slack_links WHERE user_id = $1 AND asked_at > $2 ORDER BY asked_at DESC, id DESC",
        user,
        since
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Keeps where the message stands that asks.
pub async fn set_message(conn: &mut PgConnection, id: Uuid, channel_id: &str, ts: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE slack_links SET channel_id = $2, message_ts = $3 WHERE id = $1",
        id,
        channel_id,
        ts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes an answer; `false` when there is one already.
pub async fn answer(conn: &mut PgConnection, id: Uuid, confirmed: bool, now: DateTime<Utc>) -> Result<bool, Error> {
    let answered = sqlx::query!(
        "UPDATE slack_links SET answered_at = $3, confirmed = $2 WHERE id = $1 AND answered_at IS NULL",
        id,
        confirmed,
        now
    )
    .execute(conn)
    .await?;
    Ok(answered.rows_affected() == 1)
}
