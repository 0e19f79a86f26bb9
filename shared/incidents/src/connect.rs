//! Who somebody of the console is in Slack: the one with the same e-mail is asked there, and answers with a button.
//!
//! Whoever signs in to the console shows only that they know a password. That the e-mail is theirs is shown by whoever
//! has it in Slack, who says there that it is them; from then on they see their private incidents in the console too.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Actor;
use jobs::DrawSlackLink;
use serde_json::json;
use store::audit_log::{self, Entry};
use store::console_users::{self, User};
use store::slack_links::{self, SlackLink};
use store::{PgConnection, PgPool, slack_users};
use uuid::Uuid;

use crate::{CommandError, Request};

/// How long a question can be answered.
pub const LINK_LIVES: TimeDelta = TimeDelta::minutes(15);
/// How many questions may be asked within [`WINDOW`]: nobody is to be worn down by them.
const MOST: usize = 3;
/// Who said that it is not them is not asked again for as long.
const WINDOW: TimeDelta = TimeDelta::hours(1);

/// Why nobody is asked. The text is for whoever wanted it.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is nobody to ask.
    #[error(
        "Nobody in Slack has the e-mail {0}. Ask an admin to set your console account to the e-mail that you have in \
         Slack; if you're new in Slack, try again in an hour."
    )]
    UnknownEmail(String),
    /// It is not known which of them it is.
    #[error("More than one person in Slack has the e-mail {0}, so it's not clear who you are. Ask an admin.")]
    Ambiguous(String),
    /// Another account of the console belongs to that person.
    #[error("Another console account is already connected with the person in Slack who has your e-mail. Ask an admin.")]
    Taken,
    /// They were asked often enough.
    #[error("You were already asked several times. Try again in {}.", minutes(*.0))]
    TooOften(TimeDelta),
    /// Nobody with this id may sign in.
    #[error("Your account was disabled.")]
    NoUser,
    /// The database failed: the same request may be sent again.
    #[error("it could not be recorded: {0}")]
    Store(#[from] store::Error),
    /// The job could not be recorded.
    #[error("its job could not be recorded: {0}")]
    Jobs(#[from] queue::EnqueueError),
}

fn minutes(wait: TimeDelta) -> String {
    match wait.num_seconds().max(0).unsigned_abs().div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// Has the person in Slack asked who has the same e-mail as `user` in the console. Nobody is asked who is connected, or
/// whose question waits for its answer.
pub async fn connect_slack(pool: &PgPool, user: Uuid, address: &str, now: DateTime<Utc>) -> Result<(), ConnectError> {
    let mut tx = pool.begin().await?;
    // One at a time for each user.
    let user = console_users::lock(&mut tx, user).await?.ok_or(ConnectError::NoUser)?;
    if user.slack_user_id.is_some() {
        return Ok(());
    }
    let asked = slack_links::of_user(&mut tx, user.id, now - WINDOW).await?;
    if asked.iter().any(|link| link.is_open(now)) {
        return Ok(());
    }
    if let Some(wait) = wait(&asked, now) {
        return Err(ConnectError::TooOften(wait));
    }
    let mut found = slack_users::with_email(&mut tx, &user.email).await?;
    let person = match (found.pop(), found.pop()) {
        (Some(person), None) => person,
        (None, _) => return Err(ConnectError::UnknownEmail(user.email)),
        (Some(_), Some(_)) => return Err(ConnectError::Ambiguous(user.email)),
    };
    if console_users::is_linked(&mut tx, &person.id).await? {
        return Err(ConnectError::Taken);
    }
    let link = SlackLink {
        id: Uuid::now_v7(),
        user_id: user.id,
        email: user.email.clone(),
        slack_user_id: person.id,
        asked_at: now,
        expires_at: now + LINK_LIVES,
        message: None,
        confirmed: None,
    };
    slack_links::add(&mut tx, &link).await?;
    audit(&mut tx, &user, "connect_slack", &link, address, now).await?;
    queue::enqueue_at(&mut tx, now, vec![DrawSlackLink { link: link.id }.job()]).await?;
    store::commit(tx).await?;
    Ok(())
}

/// How long to wait before another question.
fn wait(asked: &[SlackLink], now: DateTime<Utc>) -> Option<TimeDelta> {
    let declined = asked.iter().find(|link| link.confirmed == Some(false));
    let blocking = declined.or_else(|| asked.get(MOST - 1))?;
    Some(blocking.asked_at + WINDOW - now)
}

/// Whoever was asked says whether the person of the console is them; `true` makes them one. The first answer stands.
pub async fn answer_slack_link(pool: &PgPool, request: &Request, link: Uuid, is_me: bool) -> Result<(), CommandError> {
    let mut tx = pool.begin().await?;
    let result = json!({ "link": link });
    if store::idempotency_keys::insert(&mut tx, &request.key, &result)
        .await?
        .is_some()
    {
        store::commit(tx).await?;
        return Ok(());
    }
    let asked = slack_links::get(&mut tx, link).await?.ok_or(CommandError::NoQuestion)?;
    // A button can be pressed by whoever sees it; only one person was asked.
    let Actor::Slack { user_id, .. } = &request.actor else {
        return Err(CommandError::NotAsked);
    };
    if *user_id != asked.slack_user_id {
        return Err(CommandError::NotAsked);
    }
    let user = console_users::lock(&mut tx, asked.user_id)
        .await?
        .ok_or(CommandError::NoQuestion)?;
    // Read again: the user is held now.
    let asked = slack_links::get(&mut tx, link).await?.ok_or(CommandError::NoQuestion)?;
    if asked.confirmed.is_some() {
        return Err(CommandError::AnsweredBefore);
    }
    if !asked.is_open(request.now) {
        return Err(CommandError::QuestionExpired);
    }
    slack_links::answer(&mut tx, link, is_me, request.now).await?;
    let action = if is_me {
        confirm(&mut tx, &user, &asked, request.now).await?;
        "connect_slack_confirmed"
    } else {
        "connect_slack_declined"
    };
    audit(&mut tx, &user, action, &asked, "", request.now).await?;
    queue::enqueue_at(&mut tx, request.now, vec![DrawSlackLink { link }.job()]).await?;
    store::commit(tx).await?;
    Ok(())
}

/// Makes the person of the console the one who was asked, if that is still so.
async fn confirm(
    conn: &mut PgConnection,
    user: &User,
    asked: &SlackLink,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let found = slack_users::with_email(conn, &user.email).await?;
    let is_same = user.email.to_lowercase() == asked.email.to_lowercase()
        && found.len() == 1
        && found.iter().all(|person| person.id == asked.slack_user_id);
    if !is_same {
        return Err(CommandError::EmailChanged);
    }
    console_users::verify_email(conn, user.id, now).await?;
    let linked = console_users::lock(conn, user.id).await?;
    if linked.and_then(|user| user.slack_user_id).as_ref() != Some(&asked.slack_user_id) {
        return Err(CommandError::ConnectedOtherwise);
    }
    Ok(())
}

async fn audit(
    conn: &mut PgConnection,
    user: &User,
    action: &str,
    link: &SlackLink,
    address: &str,
    at: DateTime<Utc>,
) -> Result<(), store::Error> {
    let entry = Entry {
        at,
        user_id: Some(user.id),
        who: user.email.clone(),
        action: action.to_owned(),
        target: link.slack_user_id.clone(),
        details: json!({ "role": user.role.to_string(), "question": link.id }),
        address: address.to_owned(),
    };
    audit_log::append(conn, &entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_too_often() {
        let now: DateTime<Utc> = "2026-11-23T14:00:00Z".parse().unwrap();
        let asked = |minutes_ago: i64, confirmed| SlackLink {
            id: Uuid::now_v7(),
            user_id: Uuid::now_v7(),
            email: "bob@example.com".to_owned(),
            slack_user_id: "U2".to_owned(),
            asked_at: now - TimeDelta::minutes(minutes_ago),
            expires_at: now,
            message: None,
            confirmed,
        };
        assert_eq!(wait(&[], now), None);
        assert_eq!(wait(&[asked(16, None), asked(32, None)], now), None);
        let three = [asked(16, None), asked(32, None), asked(50, None)];
        assert_eq!(wait(&three, now), Some(TimeDelta::minutes(10)));
        assert_eq!(wait(&[asked(1, Some(false))], now), Some(TimeDelta::minutes(59)));
        assert_eq!(minutes(TimeDelta::seconds(61)), "2 minutes");
    }
}
