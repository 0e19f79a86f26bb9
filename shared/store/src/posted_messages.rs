//! Where the messages stand that are kept up to date.

use domain::{IncidentId, Posted};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// Which message of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The control panel.
    Panel,
    /// The control panel in a channel that the incident left.
    FormerPanel,
    /// The post in the digest channel.
    Digest,
    /// What is wrong upstream.
    Upstream,
    /// What Statuspage says.
    Statuspage,
    /// Somebody asks to be let in.
    AccessRequest,
    /// People are asked for something.
    Prompt,
    /// Something could not be done.
    Problem,
    /// What became of a page.
    Page,
    /// The first message of the RCA channel.
    RcaGreeting,
    /// That the incident was resolved, the last time.
    Resolution,
}

impl Kind {
    /// The word that stands for it in the database.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::FormerPanel => "former_panel",
            Self::Digest => "digest",
            Self::Upstream => "upstream",
            Self::Statuspage => "statuspage",
            Self::AccessRequest => "access_request",
            Self::Prompt => "prompt",
            Self::Problem => "problem",
            Self::Page => "page",
            Self::RcaGreeting => "rca_greeting",
            Self::Resolution => "resolution",
        }
    }
}

/// A message that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedMessage {
    /// Slack's id of the person in whose direct messages it stands; empty for one in a channel.
    pub recipient: String,
    /// Where it stands.
    pub posted: Posted,
    /// The key that it carries in its metadata.
    pub key: String,
}

/// Every message of this kind about `subject`: one in a channel, or one for each person who was told directly.
pub async fn all(conn: &mut PgConnection, kind: Kind, subject: Uuid) -> Result<Vec<PostedMessage>, Error> {
    let rows = sqlx::query!(
        "SELECT recipient, channel_id, ts, key FROM posted_messages WHERE kind = $1 AND subject = $2 ORDER BY recipient",
        kind.as_str(),
        subject
    )
    .fetch_all(conn)
    .await?;
    let messages = rows.into_iter().map(|row| PostedMessage {
        recipient: row.recipient,
        posted: Posted {
            channel: row.channel_id,
            ts: row.ts,
        },
        key: row.key,
    });
    Ok(messages.collect())
}

/// The message of this kind about `subject` for this recipient.
pub async fn get(
    conn: &mut PgConnection,
    kind: Kind,
    subject: Uuid,
    recipient: &str,
) -> Result<Option<PostedMessage>, Error> {
    let messages = all(conn, kind, subject).await?;
    Ok(messages.into_iter().find(|message| message.recipient == recipient))
}

/// The incident that the message at this place is about.
pub async fn incident_at(conn: &mut PgConnection, channel: &str, ts: &str) -> Result<Option<IncidentId>, Error> {
    let id = sqlx::query_scalar!(
        "SELECT incident_id FROM posted_messages WHERE channel_id = $1 AND ts = $2 LIMIT 1",
        channel,
        ts
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(IncidentId))
}

/// The control panel in a channel that its incident left.
pub async fn former_panel(
    conn: &mut PgConnection,
    channel: &str,
) -> Result<Option<(IncidentId, PostedMessage)>, Error> {
    let row = sqlx::query!(
        "SELECT incident_id, recipient, channel_id, ts, key FROM posted_messages WHERE kind = $1 AND channel_id = $2 LIMIT 1",
        Kind::FormerPanel.as_str(),
        channel
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let posted = Posted {
            channel: row.channel_id,
            ts: row.ts,
        };
        let message = PostedMessage {
            recipient: row.recipient,
            posted,
            key: row.key,
        };
        (IncidentId(row.incident_id), message)
    }))
}

/// The control panel of an incident counts as that of a channel which the incident leaves.
pub async fn leave_panel(conn: &mut PgConnection, incident: IncidentId) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE posted_messages SET kind = $2, subject = gen_random_uuid() WHERE kind = $3 AND subject = $1",
        incident.0,
        Kind::FormerPanel.as_str(),
        Kind::Panel.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps where a message stands now.
pub async fn set(
    conn: &mut PgConnection,
    kind: Kind,
    subject: Uuid,
    incident: IncidentId,
    message: &PostedMessage,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO posted_messages (kind, subject, recipient, incident_id, channel_id, ts, key)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (kind, subject, recipient) DO UPDATE
             SET channel_id = excluded.channel_id, ts = excluded.ts, key = excluded.key",
        kind.as_str(),
        subject,
        message.recipient,
        incident.0,
        message.posted.channel,
        message.posted.ts,
        message.key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the messages of this kind about `subject`.
pub async fn forget(conn: &mut PgConnection, kind: Kind, subject: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM posted_messages WHERE kind = $1 AND subject = $2",
        kind.as_str(),
        subject
    )
    .execute(conn)
    .await?;
    Ok(())
}
