//! Pages: teams and people who were called for incidents.

use chrono::{DateTime, TimeDelta, Utc};
use domain::paging::{Callee, NotSent, Page, PageFailure, PageState};
use domain::{Actor, IncidentId};
use sqlx::types::Json;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// How long the pages of a resolved incident are looked at in PagerDuty: nobody is called any more by older ones.
pub const LOOKED_AT: TimeDelta = TimeDelta::days(3);

#[derive(Debug)]
struct Row {
    id: Uuid,
    incident_id: Uuid,
    policy_id: String,
    team: String,
    user_id: Option<String>,
    user_name: Option<String>,
    urgency: String,
    message: String,
    paged_by: Json<Actor>,
    paged_at: DateTime<Utc>,
    state: String,
    pagerduty_id: Option<String>,
    url: Option<String>,
    triggered_at: Option<DateTime<Utc>>,
    acknowledged_at: Option<DateTime<Utc>>,
    acknowledged_by: Option<String>,
    late_told: bool,
    severity: Option<String>,
    waiting_since: DateTime<Utc>,
    called: Vec<String>,
    failure: Option<String>,
    problem_id: Option<Uuid>,
    not_sent: Option<String>,
    resolved_at: Option<DateTime<Utc>>,
}

impl Row {
    fn page(self) -> Result<Page, Error> {
        let unknown = |what: &str| Error::Decode(format!("there is no {what} of pages").into());
        let person = self.user_id.zip(self.user_name);
        Ok(Page {
            id: self.id,
            incident: IncidentId(self.incident_id),
            policy_id: self.policy_id,
            team: self.team,
            person: person.map(|(user_id, name)| Callee { user_id, name }),
            urgency: self.urgency.parse().map_err(|()| unknown(&self.urgency))?,
            message: self.message,
            paged_by: self.paged_by.0,
            paged_at: self.paged_at,
            state: PageState::from_word(&self.state).ok_or_else(|| unknown(&self.state))?,
            pagerduty_id: self.pagerduty_id,
            url: self.url,
            triggered_at: self.triggered_at,
            acknowledged: self.acknowledged_at.zip(self.acknowledged_by),
            late_told: self.late_told,
            severity: self.severity,
            waiting_since: self.waiting_since,
            called: self.called,
            failure: self
                .failure
                .zip(self.problem_id)
                .map(|(sentence, problem)| PageFailure { sentence, problem }),
            not_sent: self.not_sent.as_deref().and_then(NotSent::from_word),
            resolved_at: self.resolved_at,
        })
    }
}

/// Selects pages; what follows is SQL, then its arguments.
macro_rules! pages {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"SELECT id, incident_id, policy_id, team, user_id, user_name, urgency, message,
                      paged_by AS "paged_by: Json<Actor>", paged_at, state, pagerduty_id, url, triggered_at,
                      acknowledged_at, acknowledged_by, late_notified_at IS NOT NULL AS "late_told!",
                      severity, COALESCE(waiting_since, paged_at) AS "waiting_since!", called, failure, problem_id,
                      not_sent, resolved_at
               FROM pages "# + $rest,
            $($argument),*
        )
    };
}

/// Adds pages that PagerDuty does not have yet, or is not to have.
pub async fn insert(conn: &mut PgConnection, pages: &[Page]) -> Result<(), Error> {
    for page in pages {
        sqlx::query!(
            "INSERT INTO pages (id, incident_id, policy_id, team, user_id, user_name, urgency, message, paged_by,
                                paged_at, state, severity, not_sent)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            page.id,
            page.incident.0,
            page.policy_id,
            page.team,
            page.person.as_ref().map(|person| person.user_id.as_str()),
            page.person.as_ref().map(|person| person.name.as_str()),
            page.urgency.as_str(),
            page.message,
            Json(&page.paged_by) as _,
            page.paged_at,
            page.state.as_str(),
            page.severity.as_deref(),
            page.not_sent.map(NotSent::as_str),
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The page with this id.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Page>, Error> {
    let row = pages!("WHERE id = $1", id).fetch_optional(conn).await?;
    row.map(Row::page).transpose()
}

/// The same; nobody else changes it before the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Page>, Error> {
    let row = pages!("WHERE id = $1 FOR UPDATE", id).fetch_optional(conn).await?;
    row.map(Row::page).transpose()
}

/// The page of whose failure this timeline entry tells.
pub async fn by_problem(conn: &mut PgConnection, problem: Uuid) -> Result<Option<Page>, Error> {
    let row = pages!("WHERE problem_id = $1", problem).fetch_optional(conn).await?;
    row.map(Row::page).transpose()
}

/// The pages of an incident, oldest first.
pub async fn of_incident(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<Page>, Error> {
    let rows = pages!("WHERE incident_id = $1 ORDER BY paged_at, id", incident.0)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::page).collect()
}

/// The pages of an incident that PagerDuty has, or is to get, and that are not over, oldest first.
pub async fn unresolved(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<Page>, Error> {
    let rows = pages!(
        "WHERE incident_id = $1 AND state IN ('waiting', 'triggered', 'acknowledged') ORDER BY paged_at, id",
        incident.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::page).collect()
}

/// The pages that PagerDuty has and that are not over, and their incidents: those of open incidents, and those triggered
/// since `since`.
pub async fn open_since(conn: &mut PgConnection, since: DateTime<Utc>) -> Result<Vec<(Uuid, IncidentId)>, Error> {
    let rows = sqlx::query!(
        "SELECT id, incident_id FROM pages
         WHERE state IN ('triggered', 'acknowledged')
           AND (triggered_at >= $1
                OR EXISTS (SELECT FROM incidents i WHERE i.id = pages.incident_id AND i.resolved_at IS NULL))
         ORDER BY id",
        since
    )
    .fetch_all(conn)
    .await?;
    let open = rows.into_iter().map(|row| (row.id, IncidentId(row.incident_id)));
    Ok(open.collect())
}

/// Keeps that PagerDuty has a page, and the names of those whom it calls.
pub async fn triggered(
    conn: &mut PgConnection,
    id: Uuid,
    pagerduty_id: &str,
    url: Option<&str>,
    called: &[String],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET state = 'triggered', pagerduty_id = $2, url = $3, called = $4, triggered_at = $5,
                          failure = NULL, problem_id = NULL, not_sent = NULL
         WHERE id = $1",
        id,
        pagerduty_id,
        url,
        called,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps which escalation policy a team is that was named.
pub async fn set_policy(conn: &mut PgConnection, id: Uuid, policy_id: &str, team: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET policy_id = $2, team = $3 WHERE id = $1",
        id,
        policy_id,
        team
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that somebody has taken a page.
pub async fn acknowledged(conn: &mut PgConnection, id: Uuid, by: &str, at: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET state = 'acknowledged', acknowledged_at = $2, acknowledged_by = $3 WHERE id = $1",
        id,
        at,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that nobody has a page any more who had it: PagerDuty calls people again from `now` on.
pub async fn unacknowledged(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET state = 'triggered', triggered_at = $2, late_notified_at = NULL
         WHERE id = $1 AND state = 'acknowledged'",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that a page is over.
pub async fn resolved(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET state = 'resolved', resolved_at = $2 WHERE id = $1",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that PagerDuty could not be given a page; `failure` is what people read, `problem` the timeline entry.
pub async fn failed(conn: &mut PgConnection, id: Uuid, failure: &str, problem: Uuid) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET state = 'failed', failure = $2, problem_id = $3 WHERE id = $1 AND pagerduty_id IS NULL",
        id,
        failure,
        problem
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that a page is not to be sent, and why.
pub async fn withdrawn(conn: &mut PgConnection, id: Uuid, because: NotSent) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET state = 'withdrawn', not_sent = $2 WHERE id = $1 AND pagerduty_id IS NULL",
        id,
        because.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that one that failed is tried again from now on.
pub async fn waiting_again(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE pages SET state = 'waiting', waiting_since = $2 WHERE id = $1 AND state = 'failed'",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps that one that was not sent is sent after all, because somebody asked for it. False where it was not withdrawn.
pub async fn wanted_again(conn: &mut PgConnection, id: Uuid, by: &Actor, now: DateTime<Utc>) -> Result<bool, Error> {
    let wanted = sqlx::query!(
        "UPDATE pages SET state = 'waiting', not_sent = NULL, severity = NULL, paged_by = $2, paged_at = $3,
                          waiting_since = $3
         WHERE id = $1 AND state = 'withdrawn'",
        id,
        Json(by) as _,
        now
    )
    .execute(conn)
    .await?;
    Ok(wanted.rows_affected() > 0)
}

/// Notes that the channel was told that nobody has taken a page.
pub async fn late_told(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!("UPDATE pages SET late_notified_at = $2 WHERE id = $1", id, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps who came into the incident by a page; gives those who are new.
pub async fn add_people(conn: &mut PgConnection, page: Uuid, people: &[String]) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        "INSERT INTO page_people (page_id, slack_user_id) SELECT $1, person FROM unnest($2::text[]) AS p (person)
         ON CONFLICT DO NOTHING RETURNING slack_user_id",
        page,
        people
    )
    .fetch_all(conn)
    .await
}
