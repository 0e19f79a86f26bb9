//! A copy of the people in Slack, so that showing a name asks nobody.

use chrono::{DateTime, Utc};
use domain::Settings;
use sqlx::{Error, PgConnection};

use crate::incident_list::contains;

/// Somebody as Slack knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackUser {
    /// `U…` or `W…`.
    pub id: String,
    /// The name they chose to be shown by.
    pub name: String,
    /// Their e-mail, where the app may read it.
    pub email: Option<String>,
    /// Whether they still have an account.
    pub active: bool,
    /// Whether it is an app.
    pub is_bot: bool,
    /// What they are in the workspace.
    pub standing: Standing,
}

/// What somebody is in the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A guest, of one or of several channels.
    pub guest: bool,
    /// Of another workspace, and only shares a channel with ours.
    pub stranger: bool,
    /// Their workspace, where Slack told it.
    pub team_id: Option<String>,
}

/// What somebody is to the company, as far as that decides what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// A full member.
    Member,
    /// A guest of the workspace.
    Guest,
    /// Of another workspace.
    Outsider,
}

impl Membership {
    /// Whether they may act and see, by the settings.
    pub fn may_act(self, settings: &Settings) -> bool {
        match self {
            Self::Member => true,
            Self::Guest => settings.guests_may_act,
            Self::Outsider => settings.outsiders_may_act,
        }
    }
}

impl Standing {
    /// What they are to the company, whose workspace is `our_team` where that is known.
    pub fn membership(&self, our_team: Option<&str>) -> Membership {
        let is_foreign = matches!((self.team_id.as_deref(), our_team), (Some(team), Some(ours)) if team != ours);
        if self.stranger || is_foreign {
            Membership::Outsider
        } else if self.guest {
            Membership::Guest
        } else {
            Membership::Member
        }
    }
}

/// What somebody is in the workspace; `None` for those who are not known.
pub async fn standing(conn: &mut PgConnection, id: &str) -> Result<Option<Standing>, Error> {
    sqlx::query_as!(
        Standing,
        "SELECT guest, stranger, team_id FROM slack_users WHERE id = $1",
        id
    )
    .fetch_optional(conn)
    .await
}

#[expect(clippy::struct_excessive_bools, reason = "Slack describes them so")]
struct Row {
    id: String,
    name: String,
    email: Option<String>,
    active: bool,
    is_bot: bool,
    guest: bool,
    stranger: bool,
    team_id: Option<String>,
}

impl From<Row> for SlackUser {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            email: row.email,
            active: row.active,
            is_bot: row.is_bot,
            standing: Standing {
                guest: row.guest,
                stranger: row.stranger,
                team_id: row.team_id,
            },
        }
    }
}

/// The name of somebody who was fetched within the last day.
pub async fn fresh_name(conn: &mut PgConnection, id: &str) -> Result<Option<String>, Error> {
    sqlx::query_scalar!(
        "SELECT name FROM slack_users WHERE id = $1 AND fetched_at > now() - interval '1 day'",
        id
    )
    .fetch_optional(conn)
    .await
}

/// The name of somebody, however old.
pub async fn name(conn: &mut PgConnection, id: &str) -> Result<Option<String>, Error> {
    sqlx::query_scalar!("SELECT name FROM slack_users WHERE id = $1", id)
        .fetch_optional(conn)
        .await
}

/// Those with an account, no apps, whose name or e-mail has all of these words, by name.
pub async fn search(conn: &mut PgConnection, words: &[String], limit: i64) -> Result<Vec<SlackUser>, Error> {
    let patterns: Vec<_> = words.iter().map(|word| contains(word)).collect();
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, name, email, active, is_bot, guest, stranger, team_id FROM slack_users
         WHERE active AND NOT is_bot AND (name || ' ' || COALESCE(email, '')) ILIKE ALL ($1::text[])
         ORDER BY lower(name), id LIMIT $2",
        &patterns,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The people with an account who have this e-mail, whatever its case.
pub async fn with_email(conn: &mut PgConnection, email: &str) -> Result<Vec<SlackUser>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, name, email, active, is_bot, guest, stranger, team_id FROM slack_users
         WHERE lower(email) = lower($1) AND active AND NOT is_bot ORDER BY id LIMIT 2",
        email
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Which of these are people with an account.
pub async fn people(conn: &mut PgConnection, ids: &[String]) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        "SELECT id FROM slack_users WHERE id = ANY($1) AND active AND NOT is_bot",
        ids
    )
    .fetch_all(conn)
    .await
}

/// The name of an app or of somebody whose account is deactivated: nobody who could act. `None` for everybody else, also
/// for those who are not known yet.
pub async fn unable_to_act(conn: &mut PgConnection, id: &str) -> Result<Option<String>, Error> {
    sqlx::query_scalar!(
        "SELECT name FROM slack_users WHERE id = $1 AND (is_bot OR NOT active)",
        id
    )
    .fetch_optional(conn)
    .await
}

/// Keeps people as Slack just described them.
pub async fn keep(conn: &mut PgConnection, users: &[SlackUser]) -> Result<(), Error> {
    let ids: Vec<_> = users.iter().map(|user| user.id.clone()).collect();
    let names: Vec<_> = users.iter().map(|user| user.name.clone()).collect();
    let emails: Vec<_> = users.iter().map(|user| user.email.clone()).collect();
    let active: Vec<_> = users.iter().map(|user| user.active).collect();
    let bots: Vec<_> = users.iter().map(|user| user.is_bot).collect();
    let guests: Vec<_> = users.iter().map(|user| user.standing.guest).collect();
    let strangers: Vec<_> = users.iter().map(|user| user.standing.stranger).collect();
    let teams: Vec<_> = users.iter().map(|user| user.standing.team_id.clone()).collect();
    sqlx::query!(
        "INSERT INTO slack_users (id, name, email, active, is_bot, guest, stranger, team_id, fetched_at)
         SELECT id, name, email, active, is_bot, guest, stranger, team_id, clock_timestamp()
         FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::bool[], $6::bool[], $7::bool[], $8::text[])
              AS u (id, name, email, active, is_bot, guest, stranger, team_id)
         ORDER BY id
         ON CONFLICT (id) DO UPDATE
             SET name = excluded.name, email = excluded.email, active = excluded.active, is_bot = excluded.is_bot,
                 guest = excluded.guest, stranger = excluded.stranger, team_id = excluded.team_id,
                 fetched_at = excluded.fetched_at",
        &ids,
        &names,
        &emails as &[Option<String>],
        &active,
        &bots,
        &guests,
        &strangers,
        &teams as &[Option<String>]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps somebody as Slack described them when they changed; nothing is written when nothing that is kept did.
pub async fn heard(conn: &mut PgConnection, user: &SlackUser) -> Result<(), Error> {
    let standing = &user.standing;
    sqlx::query!(
        "INSERT INTO slack_users AS known (id, name, email, active, is_bot, guest, stranger, team_id, fetched_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())
         ON CONFLICT (id) DO UPDATE
             SET name = excluded.name, email = excluded.email, active = excluded.active, is_bot = excluded.is_bot,
                 guest = excluded.guest, stranger = excluded.stranger, team_id = excluded.team_id,
                 fetched_at = excluded.fetched_at
             WHERE (known.name, known.email, known.active, known.is_bot, known.guest, known.stranger, known.team_id)
                   IS DISTINCT FROM (excluded.name, excluded.email, excluded.active, excluded.is_bot, excluded.guest,
                                     excluded.stranger, excluded.team_id)",
        user.id,
        user.name,
        user.email,
        user.active,
        user.is_bot,
        standing.guest,
        standing.stranger,
        standing.team_id
    )
    .execute(&mut *conn)
    .await?;
    if user.active {
        crate::roles::forget_told_of_active(conn).await?;
    }
    crate::console_users::match_people(conn).await
}

/// Notes that the last page of the people has just been kept; those who were not seen since `began` have no account any
/// more.
pub async fn copied(conn: &mut PgConnection, began: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE slack_users SET active = false WHERE active AND fetched_at < $1",
        began
    )
    .execute(&mut *conn)
    .await?;
    crate::roles::forget_told_of_active(conn).await?;
    crate::console_users::match_people(conn).await?;
    crate::slack_copies::completed(conn, "people").await
}
