//! What people write in the digest channel while nothing is open.

use jobs::{DeleteMessage, HintChatter};
use queue::EnqueueError;
use slack::ids;
use slack_morphism::events::SlackMessageEvent;
use uuid::Uuid;

use crate::Gateway;
use crate::answer::Answer;
use crate::feature::{Feature, action};
use crate::pressed::{Action, Pressed};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    actions: &[action!(ids::ACTION_DISMISS_HINT, dismiss)],
    ..Feature::NOTHING
};

/// Counts what a person wrote; above the setting a hint is given.
pub(crate) async fn said(gateway: &Gateway, event_id: &str, message: SlackMessageEvent) -> Answer {
    let person = message.sender.user.is_some()
        && message.sender.bot_id.is_none()
        && message.subtype.is_none()
        && message.hidden != Some(true);
    // A thread belongs to what it is about, mostly an incident of before.
    let (true, Some(channel), None) = (person, message.origin.channel, message.origin.thread_ts) else {
        return Answer::done();
    };
    match count(gateway, event_id, &channel.0).await {
        Ok(()) => Answer::done(),
        Err(error) => {
            tracing::warn!(%error, "a message in the digest channel could not be counted");
            Answer::SendAgain
        }
    }
}

async fn count(gateway: &Gateway, event_id: &str, channel: &str) -> Result<(), EnqueueError> {
    let now = gateway.now();
    let mut conn = gateway.pool.acquire().await.map_err(EnqueueError::Database)?;
    let event = format!("event/{event_id}");
    let Some(messages) = store::chatter::count(&mut conn, &event, channel, now)
        .await
        .map_err(EnqueueError::Database)?
    else {
        return Ok(());
    };
    let settings = gateway.pool.settings(&mut conn).await.map_err(EnqueueError::Database)?;
    let most = i32::try_from(settings.chatter_messages).unwrap_or(i32::MAX);
    if most == 0 || messages <= most {
        return Ok(());
    }
    drop(conn);
    let mut tx = gateway.pool.begin().await.map_err(EnqueueError::Database)?;
    if store::chatter::take_hint(&mut tx, channel, most, now)
        .await
        .map_err(EnqueueError::Database)?
    {
        queue::enqueue_at(&mut tx, now, vec![HintChatter::anew(channel)]).await?;
    }
    tx.commit().await.map_err(EnqueueError::Database)?;
    Ok(())
}

/// Puts the hint away whose button was pressed.
async fn dismiss(gateway: &Gateway, pressed: &Pressed, _: &Action, hint: Uuid) {
    let (Some(channel), Some(message)) = (&pressed.channel, &pressed.message) else {
        return;
    };
    let delete = DeleteMessage {
        channel: channel.id.clone(),
        ts: message.ts.clone(),
    };
    let dismissed = gateway.confirm_press(pressed, async {
        let mut tx = gateway.pool.begin().await?;
        // Whoever posted it and never heard of it would look for it in vain, and post it again.
        let key = HintChatter::key(hint);
        store::effects::finish(&mut tx, &key, &serde_json::json!({ "ts": message.ts })).await?;
        queue::enqueue_at(&mut tx, gateway.now(), vec![delete.job(None)]).await?;
        tx.commit().await?;
        Ok(())
    });
    dismissed.await;
}
