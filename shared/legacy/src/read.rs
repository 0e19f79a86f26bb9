//! Reading the tables of 0.8.2. Nothing is ever written there: the session is read-only.

use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A row, its columns by name.
pub type Row = Map<String, Value>;

/// All that 0.8.2 kept, as it was at one moment, without the images.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    /// `incidents`.
    pub incidents: Vec<Row>,
    /// `auditlog`: the timelines.
    pub timelines: Vec<Row>,
    /// `incident_logging`: the pins. `image_bytes`, `image_md5` and `image_head` (hex) stand for the image.
    pub pins: Vec<Row>,
    /// `application_settings`.
    pub settings: Vec<Row>,
    /// `opdata`: copies of what others know.
    pub opdata: Vec<Row>,
    /// `users` of the console.
    pub users: Vec<Row>,
    /// `postmortem_settings` and `slack_data`, which 0.8.2 does not use.
    pub unused: Vec<(&'static str, Row)>,
    /// Rows that are no JSON, and tables that are not there, in sentences.
    pub notes: Vec<String>,
}

/// Why the tables of 0.8.2 could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// They are not there.
    #[error(
        "there is no table public.incidents: this is not a database of incident-bot 0.8.2. If its tables are in another one, set LEGACY_DATABASE_URL to its address"
    )]
    NotThere,
    /// They are others.
    #[error("public.incidents has no column {0}: these are not the tables of incident-bot 0.8.2")]
    Other(&'static str),
    /// The database failed.
    #[error("the tables of incident-bot 0.8.2 could not be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// The columns of a pin without its image, which is read by itself.
const PIN: &str = r#"id, incident_id, title, content, mimetype, ts, "user", octet_length(img) AS image_bytes,
    md5(img) AS image_md5, encode(substring(img FROM 1 FOR 16), 'hex') AS image_head"#;

/// Connects to read, and only to read.
pub async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    let mut conn = PgConnection::connect(url).await?;
    restrict(&mut conn).await?;
    Ok(conn)
}

/// Has a session only read from now on, and nothing in it take for ever.
pub async fn restrict(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(
        "SET default_transaction_read_only = on; SET statement_timeout = '120s'; SET lock_timeout = '10s';
         SET idle_in_transaction_session_timeout = '60s'",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads everything but the images, all of it as it was at one moment.
pub async fn read(conn: &mut PgConnection) -> Result<Raw, ReadError> {
    let mut tx = conn
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .await?;
    check(&mut tx).await?;
    let mut raw = Raw::default();
    let mut notes = Vec::new();
    raw.incidents = rows(&mut tx, "incidents", "*", &mut notes).await?;
    raw.timelines = rows(&mut tx, "auditlog", "*", &mut notes).await?;
    raw.pins = rows(&mut tx, "incident_logging", PIN, &mut notes).await?;
    raw.settings = rows(&mut tx, "application_settings", "*", &mut notes).await?;
    raw.opdata = rows(&mut tx, "opdata", "*", &mut notes).await?;
    raw.users = rows(&mut tx, "users", "*", &mut notes).await?;
    for table in ["postmortem_settings", "slack_data"] {
        let rows = rows(&mut tx, table, "*", &mut notes).await?;
        raw.unused.extend(rows.into_iter().map(|row| (table, row)));
    }
    raw.notes = notes;
    tx.commit().await?;
    Ok(raw)
}

/// The image of a pin; `None` where it is gone by now.
pub async fn image(conn: &mut PgConnection, pin: i64) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let image = sqlx::query_scalar::<_, Option<Vec<u8>>>("SELECT img FROM public.incident_logging WHERE id = $1")
        .bind(pin)
        .fetch_optional(conn)
        .await?;
    Ok(image.flatten())
}

/// Whether these are the tables of 0.8.2, and not others that are called so.
async fn check(conn: &mut PgConnection) -> Result<(), ReadError> {
    let columns: Vec<String> = sqlx::query_scalar(
        // information_schema hides tables that the role may not read: that is said otherwise.
        "SELECT attname::text FROM pg_attribute
         WHERE attrelid = to_regclass('public.incidents') AND attnum > 0 AND NOT attisdropped",
    )
    .fetch_all(conn)
    .await?;
    if columns.is_empty() {
        return Err(ReadError::NotThere);
    }
    let needed = [
        "incident_id",
        "channel_id",
        "status",
        "severity",
        "dig_message_ts",
        "created_at",
    ];
    match needed
        .into_iter()
        .find(|needed| !columns.iter().any(|column| column == needed))
    {
        Some(missing) => Err(ReadError::Other(missing)),
        None => Ok(()),
    }
}

async fn rows(
    conn: &mut PgConnection,
    table: &'static str,
    columns: &'static str,
    notes: &mut Vec<String>,
) -> Result<Vec<Row>, sqlx::Error> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('public.' || $1) IS NOT NULL")
        .bind(table)
        .fetch_one(&mut *conn)
        .await?;
    if !there {
        notes.push(format!("There is no table public.{table}."));
        return Ok(Vec::new());
    }
    // As text, because JSON of Postgres may hold what jsonb and Rust refuse.
    let sql = format!("SELECT row_to_json(t)::text FROM (SELECT {columns} FROM public.{table}) t");
    let texts: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(conn).await?;
    let mut read = Vec::with_capacity(texts.len());
    for text in texts {
        match serde_json::from_str(&text).or_else(|_| serde_json::from_str(&mend(&text))) {
            Ok(row) => read.push(row),
            Err(error) => notes.push(format!("A row of public.{table} is no JSON ({error}) and is left out.")),
        }
    }
    Ok(read)
}

/// JSON with a sign in place of each half of a pair (`\ud83c` alone), which is no text.
fn mend(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, text) = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, &rest[..12]),
            (Some(0xD800..=0xDFFF), _) => (6, "\\ufffd"),
            (Some(_), _) => (6, &rest[..6]),
            // An escape of one sign, such as `\\`.
            (None, _) => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                (length, &rest[..length])
            }
        };
        mended.push_str(text);
        rest = &rest[taken..];
    }
    mended.push_str(rest);
    mended
}

fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_mended_and_all_else_stays() {
        for (json, text) in [
            (r#""\ud83c""#, "\u{FFFD}"),
            (r#""a\udf70b""#, "a\u{FFFD}b"),
            (r#""\ud83c\udf70""#, "🍰"),
            (r#""\ud83c\ud83c\udf70""#, "\u{FFFD}🍰"),
            (r#""\\ud83c \n \u00e9""#, "\\ud83c \n é"),
            (r#""plain ü""#, "plain ü"),
        ] {
            assert_eq!(serde_json::from_str::<String>(&mend(json)).unwrap(), text, "{json}");
        }
    }
}
