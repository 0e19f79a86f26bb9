//! Somebody archived a channel in Slack, or opened it again.

use domain::{Actor, IncidentId};
use incidents::{CommandError, Request, archived_in_slack, unarchived_in_slack};

use crate::Gateway;
use crate::answer::{Answer, Trouble};

/// Follows a channel that was archived.
pub(crate) async fn archived(gateway: &Gateway, event_id: &str, channel: &str, user: &str) -> Answer {
    follow(
        gateway,
        Box::pin(async {
            match wish(gateway, event_id, channel, user).await? {
                Some((incident, request)) => archived_in_slack(&gateway.pool, &request, incident).await,
                None => Ok(()),
            }
        }),
    )
    .await
}

/// Follows a channel that was opened again.
pub(crate) async fn unarchived(gateway: &Gateway, event_id: &str, channel: &str, user: &str) -> Answer {
    follow(
        gateway,
        Box::pin(async {
            match wish(gateway, event_id, channel, user).await? {
                Some((incident, request)) => unarchived_in_slack(&gateway.pool, &request, incident).await,
                None => Ok(()),
            }
        }),
    )
    .await
}

/// The incident whose channel this is, and what `user` did as a request. `None` for any other channel.
async fn wish(
    gateway: &Gateway,
    event_id: &str,
    channel: &str,
    user: &str,
) -> Result<Option<(IncidentId, Request)>, CommandError> {
    let mut conn = gateway.pool.acquire().await?;
    let Some(incident) = store::incidents::of_channel(&mut conn, channel).await? else {
        return Ok(None);
    };
    let name = store::slack_users::name(&mut conn, user).await?;
    let request = Request {
        key: format!("event/{event_id}"),
        actor: Actor::Slack {
            user_id: user.to_owned(),
            name: name.unwrap_or_else(|| user.to_owned()),
        },
        now: gateway.now(),
        channel: Some(channel.to_owned()),
        content: None,
        audit: None,
    };
    Ok(Some((incident.id, request)))
}

async fn follow(gateway: &Gateway, command: impl Future<Output = Result<(), CommandError>>) -> Answer {
    match gateway.confirm(command).await {
        Ok(()) | Err(Trouble::Refused(_)) => Answer::done(),
        Err(Trouble::Unconfirmed) => Answer::SendAgain,
    }
}
