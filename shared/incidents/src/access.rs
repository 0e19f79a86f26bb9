//! Who may see a private incident: people ask, its people decide, and whoever is in its channel may.

use chrono::{DateTime, Utc};
use domain::timeline::Happening;
use domain::{IncidentId, Posted};
use jobs::{DeleteMessage, DrawAccessRequest, Invite, TellAccess};
use queue::NewJob;
use store::posted_messages::{self, Kind};
use store::{PgConnection, PgPool};
use uuid::Uuid;

use crate::change::{Begun, Change};
use crate::touched::touched;
use crate::{CommandError, Request};

/// Asks the people of a private incident whether the actor may see it.
pub async fn request_access(pool: &PgPool, request: &Request, id: IncidentId) -> Result<(), CommandError> {
    let user = request.actor.slack_user_id().ok_or(CommandError::NoIncident)?;
    let mut tx = pool.begin().await?;
    let result = serde_json::json!({ "incident": id });
    if store::idempotency_keys::insert(&mut tx, &request.key, &result)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let Some(incident) = store::incidents::lock(&mut tx, id).await? else {
        return Err(CommandError::NoIncident);
    };
    let declared = incident.declared_by.slack_user_id() == Some(user);
    if !incident.private || declared || store::members::contains(&mut tx, id, user).await? {
        return Err(CommandError::AccessAlready);
    }
    if incident.open_channel().is_none() {
        return Err(CommandError::NobodyToAsk);
    }
    if let Some((before, expired)) = store::access_requests::open_of(&mut tx, id, user, request.now).await? {
        if !expired {
            // Somebody may have deleted the message that asks.
            queue::enqueue_at(
                &mut tx,
                request.now,
                vec![DrawAccessRequest { request: before }.job(id)],
            )
            .await?;
            tx.commit().await?;
            return Err(CommandError::AccessAskedBefore);
        }
        take_back(&mut tx, id, before, request.now).await?;
    }
    let name = store::slack_users::name(&mut tx, user).await?;
    let name = name.unwrap_or_else(|| request.actor.name().to_owned());
    let Some(asked) = store::access_requests::add(&mut tx, id, user, &name, request.now).await? else {
        return Err(CommandError::AccessAskedBefore);
    };
    let ask = DrawAccessRequest { request: asked };
    queue::enqueue_at(&mut tx, request.now, vec![ask.job(id)]).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a request back that nobody decided for a day: the message of the new one is the one to answer.
async fn take_back(
    conn: &mut PgConnection,
    incident: IncidentId,
    request: Uuid,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let asked = posted_messages::all(conn, Kind::AccessRequest, request).await?;
    let deletions = asked.into_iter().map(|message| {
        let Posted { channel, ts } = message.posted;
        DeleteMessage { channel, ts }.job(incident)
    });
    queue::enqueue_at(conn, now, deletions.collect()).await?;
    posted_messages::forget(conn, Kind::AccessRequest, request).await?;
    store::access_requests::remove(conn, request).await?;
    Ok(())
}

/// Lets whoever asked into a private incident, or does not. The first decision stands.
pub async fn decide_access(
    pool: &PgPool,
    request: &Request,
    access_request: Uuid,
    granted: bool,
) -> Result<(), CommandError> {
    let asked = {
        let mut conn = pool.acquire().await?;
        store::access_requests::get(&mut conn, access_request).await?
    };
    let id = asked.ok_or(CommandError::NoIncident)?.incident;
    let Begun::Change(mut change) = Change::begin(pool, request, id).await? else {
        return Ok(());
    };
    // Read again: the incident's row is held now, and nobody else decides.
    let asked = store::access_requests::get(change.conn(), access_request).await?;
    let asked = asked.ok_or(CommandError::NoIncident)?;
    if let Some(decision) = asked.decision {
        return Err(CommandError::AccessDecided {
            by: decision.by.name().to_owned(),
            granted: decision.granted,
        });
    }
    let (actor, now) = (change.request().actor.clone(), change.request().now);
    store::access_requests::decide(change.conn(), access_request, granted, &actor, now).await?;
    if granted {
        change.add_member(&asked.slack_user_id).await?;
        let let_in = Happening::AccessGranted {
            user_id: asked.slack_user_id.clone(),
            name: asked.name,
        };
        change.note(&let_in).await?;
        change.job(NewJob::new(&Invite {
            incident: id,
            user: asked.slack_user_id,
        }));
    }
    change.job(
        DrawAccessRequest {
            request: access_request,
        }
        .job(id),
    );
    change.job(
        TellAccess {
            request: access_request,
        }
        .job(id),
    );
    change.commit().await
}

/// Somebody came into a channel, or left it, at this time by Slack's clock. Whoever is in the channel of a private incident
/// may see it. Events that come twice or late change nothing.
pub async fn member_moved(
    pool: &PgPool,
    channel: &str,
    slack_user: &str,
    is_in: bool,
    at: DateTime<Utc>,
) -> Result<(), CommandError> {
    let mut tx = pool.begin().await?;
    let Some(incident) = store::incidents::of_channel(&mut tx, channel).await? else {
        return Ok(());
    };
    if incident.private {
        // Before its members, as everybody does: whoever waits for each other the other way round waits for ever.
        if store::incidents::lock(&mut tx, incident.id).await?.is_none() {
            return Ok(());
        }
        if !store::members::moved(&mut tx, incident.id, slack_user, is_in, at).await? {
            return Ok(());
        }
        // Whoever watches learns that they may see it now, or not any more.
        touched(&mut tx, incident.id, incident.updated_at.max(at), "members changed").await?;
        let homes = crate::home::redraw(&mut tx, &[incident.id], at).await?;
        queue::enqueue(&mut tx, homes).await?;
    } else {
        // Whoever leaves is not brought back when the bot comes back, or when the incident gets another channel.
        store::members::moved_in_public(&mut tx, incident.id, slack_user, is_in, at).await?;
    }
    tx.commit().await?;
    Ok(())
}
