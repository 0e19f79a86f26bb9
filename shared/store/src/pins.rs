//! Messages that people pinned to an incident, and their images. Images are never read together with an incident.

use chrono::{DateTime, Utc};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// A message that is pinned to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// To this one.
    pub incident: IncidentId,
    /// The channel's id.
    pub channel_id: String,
    /// Names the message in its channel.
    pub ts: String,
    /// The message that began its thread, where it is in one.
    pub thread_ts: Option<String>,
    /// Slack's id of who wrote it.
    pub author: String,
    /// The name they went by.
    pub author_name: String,
    /// What it says, as people read it; empty where there are only images.
    pub text: String,
    /// Who pinned it.
    pub pinned_by: Actor,
    /// When.
    pub pinned_at: DateTime<Utc>,
    /// When the text was last followed to an edit.
    pub edited_at: Option<DateTime<Utc>>,
}

/// An image of a pinned message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// Slack's id of the file.
    pub file_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is, by its first bytes.
    pub media_type: &'a str,
    /// The image.
    pub bytes: &'a [u8],
}

/// What is told of an image where it is not shown itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptImage {
    /// The channel's id.
    pub channel_id: String,
    /// `ts` of the message.
    pub ts: String,
    /// Slack's id of the file.
    pub file_id: String,
    /// Its name.
    pub name: String,
    /// How large it is.
    pub bytes: i64,
}

/// Where an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePlace<'a> {
    /// The channel's id.
    pub channel_id: &'a str,
    /// `ts` of the message.
    pub ts: &'a str,
    /// Slack's id of the file.
    pub file_id: &'a str,
}

struct Row {
    incident_id: Uuid,
    channel_id: String,
    ts: String,
    thread_ts: Option<String>,
    author: String,
    author_name: String,
    text: String,
    pinned_by: Json<Actor>,
    pinned_at: DateTime<Utc>,
    edited_at: Option<DateTime<Utc>>,
}

impl From<Row> for Pin {
    fn from(row: Row) -> Self {
        Self {
            incident: IncidentId(row.incident_id),
            channel_id: row.channel_id,
            ts: row.ts,
            thread_ts: row.thread_ts,
            author: row.author,
            author_name: row.author_name,
            text: row.text,
            pinned_by: row.pinned_by.0,
            pinned_at: row.pinned_at,
            edited_at: row.edited_at,
        }
    }
}

/// The pin of a message, where it is pinned.
pub async fn get(conn: &mut PgConnection, channel_id: &str, ts: &str) -> Result<Option<Pin>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT incident_id, channel_id, ts, thread_ts, author, author_name, text,
                  pinned_by AS "pinned_by: Json<Actor>", pinned_at, edited_at
           FROM pins WHERE channel_id = $1 AND ts = $2"#,
        channel_id,
        ts
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// The messages pinned to an incident, in the order in which they were written.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<Pin>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT incident_id, channel_id, ts, thread_ts, author, author_name, text,
                  pinned_by AS "pinned_by: Json<Actor>", pinned_at, edited_at
           FROM pins WHERE incident_id = $1 ORDER BY ts"#,
        incident.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Pins a message; `false` when it is pinned already.
pub async fn insert(conn: &mut PgConnection, pin: &Pin) -> Result<bool, Error> {
    let added = sqlx::query!(
        "INSERT INTO pins (channel_id, ts, incident_id, thread_ts, author, author_name, text, pinned_by, pinned_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        pin.channel_id,
        pin.ts,
        pin.incident.0,
        pin.thread_ts,
        pin.author,
        pin.author_name,
        pin.text,
        Json(&pin.pinned_by) as _,
        pin.pinned_at,
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Keeps what a pinned message says after an edit; `false` when that is what it said before.
pub async fn set_text(
    conn: &mut PgConnection,
    channel_id: &str,
    ts: &str,
    text: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let changed = sqlx::query!(
        "UPDATE pins SET text = $3, edited_at = $4 WHERE channel_id = $1 AND ts = $2 AND text <> $3",
        channel_id,
        ts,
        text,
        now
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Unpins a message; its images go too.
pub async fn remove(conn: &mut PgConnection, channel_id: &str, ts: &str) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM pin_images WHERE channel_id = $1 AND ts = $2",
        channel_id,
        ts
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM pins WHERE channel_id = $1 AND ts = $2", channel_id, ts)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ids of the files of a message whose images are kept.
pub async fn kept_images(conn: &mut PgConnection, channel_id: &str, ts: &str) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        "SELECT file_id FROM pin_images WHERE channel_id = $1 AND ts = $2",
        channel_id,
        ts
    )
    .fetch_all(conn)
    .await
}

/// Keeps an image of a message.
pub async fn keep_image(
    conn: &mut PgConnection,
    incident: IncidentId,
    (channel_id, ts): (&str, &str),
    image: &Image<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO pin_images (channel_id, ts, file_id, incident_id, name, media_type, bytes, kept_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        channel_id,
        ts,
        image.file_id,
        incident.0,
        image.name,
        image.media_type,
        image.bytes,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The images of the messages pinned to an incident, without the images themselves.
pub async fn images_of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<KeptImage>, Error> {
    sqlx::query_as!(
        KeptImage,
        r#"SELECT i.channel_id, i.ts, i.file_id, i.name, octet_length(i.bytes)::bigint AS "bytes!"
           FROM pin_images i JOIN pins p USING (channel_id, ts)
           WHERE p.incident_id = $1 ORDER BY i.ts, i.file_id"#,
        incident.0
    )
    .fetch_all(conn)
    .await
}

/// What an image of a message pinned to an incident is, by its first bytes, and the image.
pub async fn image(
    conn: &mut PgConnection,
    incident: IncidentId,
    place: &ImagePlace<'_>,
) -> Result<Option<(String, Vec<u8>)>, Error> {
    let row = sqlx::query!(
        "SELECT i.media_type, i.bytes FROM pin_images i JOIN pins p USING (channel_id, ts)
         WHERE p.incident_id = $1 AND i.channel_id = $2 AND i.ts = $3 AND i.file_id = $4",
        incident.0,
        place.channel_id,
        place.ts,
        place.file_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.media_type, row.bytes)))
}
