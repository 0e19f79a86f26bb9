//! The people who may sign in to the console.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

/// What somebody may do in the console; each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees.
    Viewer,
    /// Sees and acts in incidents.
    Responder,
    /// Everything, settings and users included.
    Admin,
}

impl Role {
    fn key(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(key: &str) -> Result<Self, UnknownRole> {
        [Self::Viewer, Self::Responder, Self::Admin]
            .into_iter()
            .find(|role| role.key() == key)
            .ok_or_else(|| UnknownRole(key.to_owned()))
    }
}

/// A key that is no role.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is no role")]
pub struct UnknownRole(String);

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Ours.
    pub id: Uuid,
    /// As it was entered; unique whatever its case.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Who they are in Slack, where that is known.
    pub slack_user_id: Option<String>,
}

/// A row of `console_users`, or the part of a joined row that is one.
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) slack_user_id: Option<String>,
}

impl TryFrom<Row> for User {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let role = row
            .role
            .parse()
            .map_err(|unknown: UnknownRole| Error::Decode(unknown.into()))?;
        Ok(Self {
            id: row.id,
            email: row.email,
            name: row.name,
            role,
            slack_user_id: row.slack_user_id,
        })
    }
}

/// The user with this e-mail who may sign in by password, and the hash of it. Disabled users are not found.
pub async fn with_password(conn: &mut PgConnection, email: &str) -> Result<Option<(User, String)>, Error> {
    let row = sqlx::query!(
        r#"SELECT id, email, name, role, slack_user_id, password_hash AS "password_hash!"
           FROM console_users
           WHERE lower(email) = lower($1) AND password_hash IS NOT NULL AND disabled_at IS NULL"#,
        email
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let user = Row {
            id: row.id,
            email: row.email,
            name: row.name,
            role: row.role,
            slack_user_id: row.slack_user_id,
        };
        Ok((user.try_into()?, row.password_hash))
    })
    .transpose()
}

/// The user with this id who may sign in, held until the caller's transaction ends.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<User>, Error> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, email, name, role, slack_user_id FROM console_users WHERE id = $1 AND disabled_at IS NULL FOR UPDATE",
        id
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Whether somebody in Slack is a person of the console already.
pub async fn is_linked(conn: &mut PgConnection, slack_user: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM console_users WHERE slack_user_id = $1) AS "linked!""#,
        slack_user
    )
    .fetch_one(conn)
    .await
}

/// Whether there is any user, disabled ones included.
pub async fn any(conn: &mut PgConnection) -> Result<bool, Error> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM console_users) AS "any!""#)
        .fetch_one(conn)
        .await
}

/// Lets only one caller at a time decide by [`any`] whether to add the first user, until its transaction ends.
pub async fn lock_first(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('console_users/first', 0))")
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds a user.
pub async fn insert(
    conn: &mut PgConnection,
    user: &User,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO console_users (id, email, name, password_hash, role, slack_user_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        user.id,
        user.email,
        user.name,
        password_hash,
        user.role.key(),
        user.slack_user_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps another hash of the password that somebody has, unless they have another password by now.
pub async fn renew_hash(conn: &mut PgConnection, id: Uuid, before: &str, hash: &str) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE console_users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        id,
        before,
        hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who has this e-mail, whatever they may do, and how they write it.
pub async fn known_email(conn: &mut PgConnection, email: &str) -> Result<Option<(Uuid, String)>, Error> {
    let row = sqlx::query!(
        "SELECT id, email FROM console_users WHERE lower(email) = lower($1)",
        email
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.id, row.email)))
}

/// Keeps somebody from signing in and ends what sessions they have.
pub async fn disable(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE console_users SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1",
        id,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM console_sessions WHERE user_id = $1", id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM console_devices WHERE user_id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that an e-mail is known to be theirs, and finds who they are in Slack.
pub async fn verify_email(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE console_users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1",
        id,
        now
    )
    .execute(&mut *conn)
    .await?;
    match_people(conn).await
}

/// Whoever has a verified e-mail is the one person in Slack who has the same, whatever its case, and nobody where there is
/// none or more than one.
pub(crate) async fn match_people(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!(
        "WITH matched AS (
             SELECT c.id, CASE WHEN count(u.id) = 1 THEN min(u.id) END AS slack_user_id
             FROM console_users c
                  LEFT JOIN slack_users u ON lower(u.email) = lower(c.email) AND u.active AND NOT u.is_bot
             WHERE c.email_verified_at IS NOT NULL
             GROUP BY c.id
         )
         UPDATE console_users c SET slack_user_id = matched.slack_user_id FROM matched
         WHERE c.id = matched.id AND c.slack_user_id IS DISTINCT FROM matched.slack_user_id
           AND NOT EXISTS (SELECT FROM console_users other
                           WHERE other.slack_user_id = matched.slack_user_id AND other.id <> c.id)"
    )
    .execute(conn)
    .await?;
    Ok(())
}
