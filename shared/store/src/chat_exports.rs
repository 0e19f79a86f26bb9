//! Chats that are exported: what was read of a channel so far, until it is put into a file.

use chrono::{DateTime, Utc};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// An export under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its id.
    pub id: Uuid,
    /// The channel that is read.
    pub channel_id: String,
    /// Who wants it.
    pub requested_by: Actor,
    /// When: what is written later is not part of it.
    pub requested_at: DateTime<Utc>,
    /// Where the next page of the channel begins.
    pub cursor: Option<String>,
    /// Whether all pages of the channel were read; threads may still be missing.
    pub channel_read: bool,
}

/// A message that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Names it in its channel.
    pub ts: String,
    /// The message that began its thread; its own for one that is in none.
    pub thread_ts: String,
    /// Slack's id of who wrote it.
    pub author: String,
    /// The name that came with it, of apps.
    pub app_name: Option<String>,
    /// What it says, as Slack writes it.
    pub text: String,
    /// Names of the files that hang on it.
    pub files: Vec<String>,
}

/// A thread that is still to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The message that began it.
    pub ts: String,
    /// Where its next page begins.
    pub cursor: Option<String>,
}

/// Begins an export; `false` when one of this incident is under way.
pub async fn begin(
    conn: &mut PgConnection,
    id: Uuid,
    incident: IncidentId,
    channel_id: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let begun = sqlx::query!(
        "INSERT INTO chat_exports (id, incident_id, channel_id, requested_by, requested_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (incident_id) WHERE ended_at IS NULL DO NOTHING",
        id,
        incident.0,
        channel_id,
        Json(by) as _,
        now
    )
    .execute(conn)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// The export, while it is under way.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Export>, Error> {
    let row = sqlx::query!(
        r#"SELECT id, channel_id, requested_by AS "requested_by: Json<Actor>", requested_at, cursor, channel_read
           FROM chat_exports WHERE id = $1 AND ended_at IS NULL"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Export {
        id: row.id,
        channel_id: row.channel_id,
        requested_by: row.requested_by.0,
        requested_at: row.requested_at,
        cursor: row.cursor,
        channel_read: row.channel_read,
    }))
}

/// Keeps messages that were read; one that was read before stays as it was.
pub async fn keep(conn: &mut PgConnection, export: Uuid, lines: &[Line]) -> Result<(), Error> {
    // Arrays of arrays have one length in SQL, so the files travel as one text each.
    let column = |of: fn(&Line) -> String| lines.iter().map(of).collect::<Vec<_>>();
    let apps: Vec<_> = lines.iter().map(|line| line.app_name.clone()).collect();
    let files: Vec<_> = lines.iter().map(|line| line.files.join("\n")).collect();
    sqlx::query!(
        r#"INSERT INTO chat_export_messages (export_id, ts, thread_ts, author, app_name, text, files)
           SELECT $1, ts, thread_ts, author, app_name, text, string_to_array(files, E'\n')
           FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
                AS line (ts, thread_ts, author, app_name, text, files)
           ON CONFLICT DO NOTHING"#,
        export,
        &column(|line| line.ts.clone()),
        &column(|line| line.thread_ts.clone()),
        &column(|line| line.author.clone()),
        &apps as &[Option<String>],
        // Postgres has no such character.
        &column(|line| line.text.replace('\0', "")),
        &files
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps where the next page of the channel begins, `None` after the last one.
pub async fn set_cursor(conn: &mut PgConnection, export: Uuid, cursor: Option<&str>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE chat_exports SET cursor = $2::text, channel_read = $2::text IS NULL WHERE id = $1",
        export,
        cursor
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps which threads are still to be read.
pub async fn add_threads(conn: &mut PgConnection, export: Uuid, threads: &[String]) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO chat_export_threads (export_id, ts) SELECT $1, ts FROM unnest($2::text[]) AS ts
         ON CONFLICT DO NOTHING",
        export,
        threads
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The next thread to read.
pub async fn next_thread(conn: &mut PgConnection, export: Uuid) -> Result<Option<Thread>, Error> {
    sqlx::query_as!(
        Thread,
        "SELECT ts, cursor FROM chat_export_threads WHERE export_id = $1 ORDER BY ts LIMIT 1",
        export
    )
    .fetch_optional(conn)
    .await
}

/// Keeps where the next page of a thread begins; after the last one it is read.
pub async fn thread_read(conn: &mut PgConnection, export: Uuid, ts: &str, cursor: Option<&str>) -> Result<(), Error> {
    match cursor {
        Some(cursor) => {
            sqlx::query!(
                "UPDATE chat_export_threads SET cursor = $3 WHERE export_id = $1 AND ts = $2",
                export,
                ts,
                cursor
            )
            .execute(conn)
            .await?;
        }
        None => {
            sqlx::query!(
                "DELETE FROM chat_export_threads WHERE export_id = $1 AND ts = $2",
                export,
                ts
            )
            .execute(conn)
            .await?;
        }
    }
    Ok(())
}

/// Everything that was read: threads in the order in which they began, each in the order in which it was written.
pub async fn lines(conn: &mut PgConnection, export: Uuid) -> Result<Vec<Line>, Error> {
    sqlx::query_as!(
        Line,
        "SELECT ts, thread_ts, author, app_name, text, files FROM chat_export_messages
         WHERE export_id = $1 ORDER BY thread_ts, ts",
        export
    )
    .fetch_all(conn)
    .await
}

/// Ends an export; what was read is forgotten.
pub async fn end(conn: &mut PgConnection, export: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("DELETE FROM chat_export_messages WHERE export_id = $1", export)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM chat_export_threads WHERE export_id = $1", export)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "UPDATE chat_exports SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
        export,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
