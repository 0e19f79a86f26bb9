//! Messages with buttons that ask people for something. Of a kind at most one is open for an incident.

use chrono::{DateTime, Utc};
use domain::{Asking, IncidentId, Posted, Question, Settled};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

#[derive(Debug)]
struct Row {
    id: Uuid,
    incident_id: Uuid,
    kind: String,
    asked_at: DateTime<Utc>,
    channel: Option<String>,
    ts: Option<String>,
    outcome: Option<Json<Settled>>,
}

impl Row {
    fn question(self) -> Result<Question, Error> {
        let unknown = || Error::Decode(format!("there is no prompt of the kind {}", self.kind).into());
        Ok(Question {
            id: self.id,
            incident: IncidentId(self.incident_id),
            asking: Asking::from_word(&self.kind).ok_or_else(unknown)?,
            asked_at: self.asked_at,
            posted: self.channel.zip(self.ts).map(|(channel, ts)| Posted { channel, ts }),
            settled: self.outcome.map(|outcome| outcome.0),
        })
    }
}

/// Adds an open prompt. Another one of its kind must have an outcome.
pub async fn ask(
    conn: &mut PgConnection,
    incident: IncidentId,
    asking: Asking,
    now: DateTime<Utc>,
) -> Result<Question, Error> {
    let question = Question {
        id: Uuid::now_v7(),
        incident,
        asking,
        asked_at: now,
        posted: None,
        settled: None,
    };
    sqlx::query!(
        "INSERT INTO prompts (id, incident_id, kind, asked_at) VALUES ($1, $2, $3, $4)",
        question.id,
        incident.0,
        asking.as_str(),
        now
    )
    .execute(conn)
    .await?;
    Ok(question)
}

/// The prompt with this id.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Question>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, incident_id, kind, asked_at, channel, ts, outcome AS "outcome: Json<Settled>"
           FROM prompts WHERE id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    row.map(Row::question).transpose()
}

/// The open prompt of this kind that is not known to be posted.
pub async fn unposted(
    conn: &mut PgConnection,
    incident: IncidentId,
    asking: Asking,
) -> Result<Option<Question>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, incident_id, kind, asked_at, channel, ts, outcome AS "outcome: Json<Settled>"
           FROM prompts WHERE incident_id = $1 AND kind = $2 AND ts IS NULL AND outcome IS NULL"#,
        incident.0,
        asking.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Row::question).transpose()
}

/// The open prompt of this kind about an incident.
pub async fn open_of(conn: &mut PgConnection, incident: IncidentId, asking: Asking) -> Result<Option<Uuid>, Error> {
    sqlx::query_scalar!(
        "SELECT id FROM prompts WHERE incident_id = $1 AND kind = $2 AND outcome IS NULL ORDER BY id DESC LIMIT 1",
        incident.0,
        asking.as_str()
    )
    .fetch_optional(conn)
    .await
}

/// The open prompts about an incident, the oldest first.
pub async fn open(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<Uuid>, Error> {
    sqlx::query_scalar!(
        "SELECT id FROM prompts WHERE incident_id = $1 AND outcome IS NULL ORDER BY id",
        incident.0
    )
    .fetch_all(conn)
    .await
}

/// Keeps where a prompt was posted.
pub async fn posted(conn: &mut PgConnection, id: Uuid, posted: &Posted) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE prompts SET channel = $2, ts = $3 WHERE id = $1",
        id,
        posted.channel,
        posted.ts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes the open prompt of this kind with its outcome, where there is one, and gives its id.
pub async fn close(
    conn: &mut PgConnection,
    incident: IncidentId,
    asking: Asking,
    outcome: &Settled,
) -> Result<Option<Uuid>, Error> {
    sqlx::query_scalar!(
        "UPDATE prompts SET outcome = $3 WHERE incident_id = $1 AND kind = $2 AND outcome IS NULL RETURNING id",
        incident.0,
        asking.as_str(),
        Json(outcome) as _
    )
    .fetch_optional(conn)
    .await
}
