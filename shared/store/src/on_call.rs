//! A copy of who is on call in PagerDuty, so that looking at it asks nobody.
//!
//! Its rows carry the copy that they belong to. A copy is made page by page and shown when it is complete; until then
//! everybody sees the one of before, whole.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::paging::{self, Level, OnCall, OnCallState, ServiceState, Team};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use crate::incident_list::contains;

/// What is known of PagerDuty itself.
pub async fn state(conn: &mut PgConnection) -> Result<OnCallState, Error> {
    sqlx::query_as!(
        OnCallState,
        "SELECT enabled, copied_at, failing_since, error FROM on_call_state"
    )
    .fetch_one(conn)
    .await
}

/// Notes whether the workers have what they need to speak to PagerDuty.
pub async fn set_enabled(conn: &mut PgConnection, enabled: bool) -> Result<(), Error> {
    sqlx::query!("UPDATE on_call_state SET enabled = $1 WHERE enabled <> $1", enabled)
        .execute(conn)
        .await?;
    Ok(())
}

/// Begins a copy; one that is being made and not complete is given up.
pub async fn begin_copy(conn: &mut PgConnection, copy: Uuid) -> Result<(), Error> {
    sqlx::query!("UPDATE on_call_state SET copying = $1", copy)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether this is the copy that is being made; nobody begins another before the transaction ends.
pub async fn is_copying(conn: &mut PgConnection, copy: Uuid) -> Result<bool, Error> {
    let copying = sqlx::query_scalar!("SELECT copying FROM on_call_state FOR UPDATE")
        .fetch_one(conn)
        .await?;
    Ok(copying == Some(copy))
}

/// Shows a copy that is complete; the one of before goes.
pub async fn show_copy(conn: &mut PgConnection, copy: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE on_call_state
         SET shown = $1, copying = NULL, copied_at = $2, failing_since = NULL, error = NULL",
        copy,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM on_call_users WHERE copy <> $1", copy)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM on_call_services WHERE copy <> $1", copy)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM on_call_schedules WHERE copy <> $1", copy)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM on_call_policies WHERE copy <> $1", copy)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM on_call_shifts WHERE copy <> $1", copy)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that PagerDuty could not be read.
pub async fn copy_failed(conn: &mut PgConnection, error: &str, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE on_call_state SET failing_since = COALESCE(failing_since, $1), error = $2",
        now,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// PagerDuty's id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: Option<String>,
}

/// Keeps people for a copy.
pub async fn keep_users(conn: &mut PgConnection, copy: Uuid, users: &[User]) -> Result<(), Error> {
    let ids: Vec<_> = users.iter().map(|user| user.id.clone()).collect();
    let names: Vec<_> = users.iter().map(|user| user.name.clone()).collect();
    let emails: Vec<_> = users.iter().map(|user| user.email.clone()).collect();
    sqlx::query!(
        "INSERT INTO on_call_users (copy, id, name, email)
         SELECT $1, id, name, email FROM unnest($2::text[], $3::text[], $4::text[]) AS u (id, name, email)
         ON CONFLICT DO NOTHING",
        copy,
        &ids,
        &names,
        &emails as &[Option<String>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A service in PagerDuty: a page needs one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// PagerDuty's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `active`, `warning`, `critical`, `maintenance` or `disabled`.
    pub status: String,
    /// The escalation policy that its incidents go to.
    pub policy_id: Option<String>,
}

/// Keeps services for a copy.
pub async fn keep_services(conn: &mut PgConnection, copy: Uuid, services: &[Service]) -> Result<(), Error> {
    let ids: Vec<_> = services.iter().map(|service| service.id.clone()).collect();
    let names: Vec<_> = services.iter().map(|service| service.name.clone()).collect();
    let statuses: Vec<_> = services.iter().map(|service| service.status.clone()).collect();
    let policies: Vec<_> = services.iter().map(|service| service.policy_id.clone()).collect();
    sqlx::query!(
        "INSERT INTO on_call_services (copy, id, name, status, policy_id)
         SELECT $1, id, name, status, policy_id
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS s (id, name, status, policy_id)
         ON CONFLICT DO NOTHING",
        copy,
        &ids,
        &names,
        &statuses,
        &policies as &[Option<String>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A schedule in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// PagerDuty's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its page in PagerDuty.
    pub url: Option<String>,
}

/// Keeps schedules for a copy.
pub async fn keep_schedules(conn: &mut PgConnection, copy: Uuid, schedules: &[Schedule]) -> Result<(), Error> {
    let ids: Vec<_> = schedules.iter().map(|schedule| schedule.id.clone()).collect();
    let names: Vec<_> = schedules.iter().map(|schedule| schedule.name.clone()).collect();
    let urls: Vec<_> = schedules.iter().map(|schedule| schedule.url.clone()).collect();
    sqlx::query!(
        "INSERT INTO on_call_schedules (copy, id, name, url)
         SELECT $1, id, name, url FROM unnest($2::text[], $3::text[], $4::text[]) AS s (id, name, url)
         ON CONFLICT DO NOTHING",
        copy,
        &ids,
        &names,
        &urls as &[Option<String>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An escalation policy in PagerDuty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// PagerDuty's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its page in PagerDuty.
    pub url: Option<String>,
    /// Minutes after which each level hands over to the next, from the first level on.
    pub delays: Vec<i32>,
}

/// Keeps escalation policies for a copy.
pub async fn keep_policies(conn: &mut PgConnection, copy: Uuid, policies: &[Policy]) -> Result<(), Error> {
    // A list of lists is one each.
    for policy in policies {
        sqlx::query!(
            "INSERT INTO on_call_policies (copy, id, name, url, delays) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            copy,
            policy.id,
            policy.name,
            policy.url.as_deref(),
            &policy.delays
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Somebody is on call for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Of this escalation policy.
    pub policy_id: String,
    /// At this level of it, counted from 1.
    pub level: i32,
    /// PagerDuty's id of the person.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// By this schedule, where by one.
    pub schedule_id: Option<String>,
    /// From then on; `None` for always.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until then; `None` for always.
    pub ends_at: Option<DateTime<Utc>>,
}

/// Keeps who is on call when for a copy.
pub async fn keep_shifts(conn: &mut PgConnection, copy: Uuid, shifts: &[Shift]) -> Result<(), Error> {
    let policies: Vec<_> = shifts.iter().map(|shift| shift.policy_id.clone()).collect();
    let levels: Vec<_> = shifts.iter().map(|shift| shift.level).collect();
    let users: Vec<_> = shifts.iter().map(|shift| shift.user_id.clone()).collect();
    let names: Vec<_> = shifts.iter().map(|shift| shift.user_name.clone()).collect();
    let schedules: Vec<_> = shifts.iter().map(|shift| shift.schedule_id.clone()).collect();
    let starts: Vec<_> = shifts.iter().map(|shift| shift.starts_at).collect();
    let ends: Vec<_> = shifts.iter().map(|shift| shift.ends_at).collect();
    sqlx::query!(
        "INSERT INTO on_call_shifts (copy, policy_id, level, user_id, user_name, schedule_id, starts_at, ends_at)
         SELECT $1, policy_id, level, user_id, user_name, schedule_id, starts_at, ends_at
         FROM unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
             AS s (policy_id, level, user_id, user_name, schedule_id, starts_at, ends_at)",
        copy,
        &policies,
        &levels,
        &users,
        &names,
        &schedules as &[Option<String>],
        &starts as &[Option<DateTime<Utc>>],
        &ends as &[Option<DateTime<Utc>>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct TeamRow {
    id: String,
    name: String,
    url: Option<String>,
    delays: Vec<i32>,
}

/// The place of a team in a list: its name, its id.
pub type TeamPlace = (String, String);

/// The teams whose names, or the names of who is on call in them, have all of these words, by name.
pub async fn teams(
    conn: &mut PgConnection,
    words: &[String],
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Team>, Error> {
    teams_after(conn, words, None, limit, now).await
}

/// The same, those that come after a place.
pub async fn teams_after(
    conn: &mut PgConnection,
    words: &[String],
    after: Option<&TeamPlace>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Team>, Error> {
    let (name, id) = after.map(|(name, id)| (name.as_str(), id.as_str())).unzip();
    let patterns: Vec<_> = words.iter().map(|word| contains(word)).collect();
    let rows = sqlx::query_as!(
        TeamRow,
        "SELECT p.id, p.name, p.url, p.delays
         FROM on_call_policies p JOIN on_call_state ON shown = p.copy
         WHERE (p.name || ' ' || COALESCE((SELECT string_agg(s.user_name, ' ') FROM on_call_shifts s
                                           WHERE s.copy = p.copy AND s.policy_id = p.id
                                             AND (s.starts_at IS NULL OR s.starts_at <= $3)
                                             AND (s.ends_at IS NULL OR s.ends_at > $3)), ''))
               ILIKE ALL ($1::text[])
           AND ($4::text IS NULL OR (lower(p.name), p.id) > (lower($4), $5))
         ORDER BY lower(p.name), p.id LIMIT $2",
        &patterns,
        limit,
        now,
        name,
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    with_people(conn, rows, now).await
}

/// How many teams there are.
pub async fn count_teams(conn: &mut PgConnection) -> Result<i64, Error> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM on_call_policies p JOIN on_call_state ON shown = p.copy"#)
        .fetch_one(conn)
        .await
}

/// The team with this id.
pub async fn team(conn: &mut PgConnection, id: &str, now: DateTime<Utc>) -> Result<Option<Team>, Error> {
    Ok(named_teams(conn, &[id.to_owned()], now).await?.pop())
}

/// The teams with these ids or names, in any case, by name.
pub async fn named_teams(conn: &mut PgConnection, names: &[String], now: DateTime<Utc>) -> Result<Vec<Team>, Error> {
    let lower: Vec<_> = names.iter().map(|name| name.trim().to_lowercase()).collect();
    let rows = sqlx::query_as!(
        TeamRow,
        "SELECT p.id, p.name, p.url, p.delays
         FROM on_call_policies p JOIN on_call_state ON shown = p.copy
         WHERE p.id = ANY ($1) OR lower(p.name) = ANY ($2)
         ORDER BY lower(p.name), p.id",
        names,
        &lower
    )
    .fetch_all(&mut *conn)
    .await?;
    with_people(conn, rows, now).await
}

/// Id and name of the teams with these ids or names, in any case.
pub async fn named_policies(conn: &mut PgConnection, names: &[String]) -> Result<Vec<(String, String)>, Error> {
    let lower: Vec<_> = names.iter().map(|name| name.trim().to_lowercase()).collect();
    let rows = sqlx::query!(
        "SELECT p.id, p.name FROM on_call_policies p JOIN on_call_state ON shown = p.copy
         WHERE p.id = ANY ($1) OR lower(p.name) = ANY ($2) ORDER BY p.id",
        names,
        &lower
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Adds who is on call now, and the services.
async fn with_people(conn: &mut PgConnection, rows: Vec<TeamRow>, now: DateTime<Utc>) -> Result<Vec<Team>, Error> {
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let shifts = sqlx::query!(
        r#"SELECT s.policy_id, s.level, s.user_id, s.user_name, s.ends_at,
                  COALESCE(
                      (SELECT min(k.id) FROM slack_users k
                       WHERE lower(k.email) = lower(u.email) AND k.active AND NOT k.is_bot),
                      (SELECT min(k.id) FROM slack_users k
                       WHERE lower(k.name) = lower(s.user_name) AND k.active AND NOT k.is_bot HAVING count(*) = 1)
                  ) AS slack_user_id
           FROM on_call_shifts s
           JOIN on_call_state ON shown = s.copy
           LEFT JOIN on_call_users u ON u.copy = s.copy AND u.id = s.user_id
           WHERE s.policy_id = ANY ($1)
             AND (s.starts_at IS NULL OR s.starts_at <= $2) AND (s.ends_at IS NULL OR s.ends_at > $2)
           -- Of two shifts of one person the longer one counts.
           ORDER BY s.level, lower(s.user_name), s.user_id, s.ends_at DESC NULLS FIRST"#,
        &ids,
        now
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut services: HashMap<String, Vec<paging::Service>> = HashMap::new();
    for service in services_of(conn, &ids).await? {
        let Some(policy) = service.policy_id else { continue };
        services.entry(policy).or_default().push(paging::Service {
            id: service.id,
            name: service.name,
            state: ServiceState::from_word(&service.status),
        });
    }
    let mut people: HashMap<(String, i32), Vec<OnCall>> = HashMap::new();
    for shift in &shifts {
        let level = people.entry((shift.policy_id.clone(), shift.level)).or_default();
        if level.iter().any(|person| person.user_id == shift.user_id) {
            continue;
        }
        level.push(OnCall {
            user_id: shift.user_id.clone(),
            name: shift.user_name.clone(),
            slack_user_id: shift.slack_user_id.clone(),
            until: shift.ends_at,
        });
    }
    let teams = rows.into_iter().map(|row| {
        let levels = row.delays.iter().zip(1..).map(|(minutes, number)| Level {
            number,
            minutes: Some(*minutes),
            people: people.remove(&(row.id.clone(), number)).unwrap_or_default(),
        });
        let levels: Vec<_> = levels.collect();
        Team {
            services: services.remove(&row.id).unwrap_or_default(),
            id: row.id,
            name: row.name,
            url: row.url,
            levels,
        }
    });
    Ok(teams.collect())
}

/// The services of these teams by name.
async fn services_of(conn: &mut PgConnection, policies: &[String]) -> Result<Vec<Service>, Error> {
    sqlx::query_as!(
        Service,
        "SELECT id, name, status, policy_id FROM on_call_services s JOIN on_call_state ON shown = s.copy
         WHERE policy_id = ANY ($1) ORDER BY lower(name), id",
        policies
    )
    .fetch_all(conn)
    .await
}

/// Who these people of PagerDuty are in Slack, those who are there.
pub async fn in_slack(conn: &mut PgConnection, users: &[String]) -> Result<HashMap<String, String>, Error> {
    let rows = sqlx::query!(
        r#"SELECT u.id,
                  COALESCE(
                      (SELECT min(k.id) FROM slack_users k
                       WHERE lower(k.email) = lower(u.email) AND k.active AND NOT k.is_bot),
                      (SELECT min(k.id) FROM slack_users k
                       WHERE lower(k.name) = lower(u.name) AND k.active AND NOT k.is_bot HAVING count(*) = 1)
                  ) AS slack_user_id
           FROM on_call_users u JOIN on_call_state ON shown = u.copy WHERE u.id = ANY ($1)"#,
        users
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, row.slack_user_id?)))
        .collect())
}
