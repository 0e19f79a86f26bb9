//! The people of an incident, beside its declarer and who holds a role in it: whoever was let in, invited, or seen in its
//! channel. They may see a private incident, and are invited to every channel that it gets.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::IncidentId;
use sqlx::{Error, PgConnection};

/// Makes somebody a member; fine when they are one already.
pub async fn add(conn: &mut PgConnection, incident: IncidentId, slack_user: &str) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO incident_members (incident_id, slack_user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        incident.0,
        slack_user
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes somebody a member who is to be invited once the channel can be used again, also where they were seen in it before.
pub async fn add_for_later(conn: &mut PgConnection, incident: IncidentId, slack_user: &str) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO incident_members (incident_id, slack_user_id) VALUES ($1, $2)
         ON CONFLICT (incident_id, slack_user_id) DO UPDATE SET in_channel = false",
        incident.0,
        slack_user
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether somebody may see an incident: they are a member, or hold a role in it.
pub async fn contains(conn: &mut PgConnection, incident: IncidentId, slack_user: &str) -> Result<bool, Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM incident_members WHERE incident_id = $1 AND slack_user_id = $2)
                  OR EXISTS (SELECT FROM role_holders WHERE incident_id = $1 AND slack_user_id = $2) AS "is!""#,
        incident.0,
        slack_user
    )
    .fetch_one(conn)
    .await
}

/// Somebody came into an incident's channel or left it, at this time by Slack's clock. What was heard of them later stands:
/// false when this changed nothing.
pub async fn moved(
    conn: &mut PgConnection,
    incident: IncidentId,
    slack_user: &str,
    is_in: bool,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    if !keep_move(conn, incident, slack_user, at).await? {
        return Ok(false);
    }
    if is_in {
        seen(conn, incident, &[slack_user.to_owned()], at).await
    } else {
        remove(conn, incident, slack_user).await?;
        Ok(true)
    }
}

/// The same for an incident that everybody may see: whoever comes into its channel by themselves is no member for that.
pub async fn moved_in_public(
    conn: &mut PgConnection,
    incident: IncidentId,
    slack_user: &str,
    is_in: bool,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    if !keep_move(conn, incident, slack_user, at).await? {
        return Ok(());
    }
    if !is_in {
        return remove(conn, incident, slack_user).await;
    }
    sqlx::query!(
        "UPDATE incident_members SET in_channel = true WHERE incident_id = $1 AND slack_user_id = $2 AND NOT in_channel",
        incident.0,
        slack_user
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps when somebody last came into the channel or left it; false where something later is known.
async fn keep_move(
    conn: &mut PgConnection,
    incident: IncidentId,
    slack_user: &str,
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let news = sqlx::query!(
        "INSERT INTO incident_member_moves AS moves (incident_id, slack_user_id, at) VALUES ($1, $2, $3)
         ON CONFLICT (incident_id, slack_user_id) DO UPDATE SET at = excluded.at WHERE moves.at < excluded.at",
        incident.0,
        slack_user,
        at
    )
    .execute(conn)
    .await?;
    Ok(news.rows_affected() > 0)
}

/// Keeps who was in an incident's channel at `at`, as Slack listed them: whoever had been seen there and is not in it any
/// more is no member. Whoever was let in and never came stays one, and what was heard of somebody since stands.
/// Gives whether anything changed.
pub async fn listed(
    conn: &mut PgConnection,
    incident: IncidentId,
    people: &[String],
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let gone = sqlx::query!(
        "DELETE FROM incident_members m
         WHERE incident_id = $1 AND in_channel AND slack_user_id <> ALL ($2)
           AND NOT EXISTS (SELECT FROM incident_member_moves v
                           WHERE v.incident_id = $1 AND v.slack_user_id = m.slack_user_id AND v.at > $3)",
        incident.0,
        people,
        at
    )
    .execute(&mut *conn)
    .await?;
    Ok(seen(conn, incident, people, at).await? || gone.rows_affected() > 0)
}

/// These people were in the channel at `at`.
async fn seen(
    conn: &mut PgConnection,
    incident: IncidentId,
    people: &[String],
    at: DateTime<Utc>,
) -> Result<bool, Error> {
    let seen = sqlx::query!(
        "INSERT INTO incident_members AS members (incident_id, slack_user_id, in_channel)
         SELECT $1, person, true FROM unnest($2::text[]) AS person
         WHERE NOT EXISTS (SELECT FROM incident_member_moves v
                           WHERE v.incident_id = $1 AND v.slack_user_id = person AND v.at > $3)
         ON CONFLICT (incident_id, slack_user_id) DO UPDATE SET in_channel = true WHERE NOT members.in_channel",
        incident.0,
        people,
        at
    )
    .execute(conn)
    .await?;
    Ok(seen.rows_affected() > 0)
}

/// Somebody is no member any more.
pub async fn remove(conn: &mut PgConnection, incident: IncidentId, slack_user: &str) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM incident_members WHERE incident_id = $1 AND slack_user_id = $2",
        incident.0,
        slack_user
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Everybody who belongs into the channel of an incident: its declarer, who holds a role, its members and who was paged.
/// Bots and closed accounts are left out, because Slack invites neither.
pub async fn expected(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<String>, Error> {
    sqlx::query_scalar!(
        r#"SELECT person AS "person!" FROM (
               SELECT declared_by_slack_user AS person FROM incidents WHERE id = $1
               UNION SELECT slack_user_id FROM role_holders WHERE incident_id = $1
               UNION SELECT slack_user_id FROM incident_members WHERE incident_id = $1
               UNION SELECT slack_user_id FROM page_people JOIN pages ON pages.id = page_id WHERE incident_id = $1
           ) people LEFT JOIN slack_users known ON known.id = person
           WHERE person IS NOT NULL AND known.active IS NOT FALSE AND known.is_bot IS NOT TRUE
           ORDER BY person"#,
        incident.0
    )
    .fetch_all(conn)
    .await
}

/// Those of them who were never seen in the channel: they were added while the bot was not in it, or their invitation was lost.
/// Whoever left does not come back because the bot does.
pub async fn expected_and_unseen(conn: &mut PgConnection, incident: IncidentId) -> Result<Vec<String>, Error> {
    let seen = sqlx::query_scalar!(
        r#"SELECT slack_user_id FROM incident_members WHERE incident_id = $1 AND in_channel
           UNION SELECT slack_user_id FROM incident_member_moves v
                 WHERE incident_id = $1
                   AND NOT EXISTS (SELECT FROM incident_members m
                                   WHERE m.incident_id = $1 AND m.slack_user_id = v.slack_user_id)"#,
        incident.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let seen: HashSet<_> = seen.into_iter().flatten().collect();
    let mut people = expected(conn, incident).await?;
    people.retain(|person| !seen.contains(person));
    Ok(people)
}
