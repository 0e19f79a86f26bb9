//! Takes over the channel of an open incident: people there notice one message, our control panel.
//!
//! Other jobs post our panel and make the post in the digest channel ours. Once the panel stands, the one of 0.8.2 says where.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::Incident;
use incidents::{found_private, to_take_over};
use queue::JobContext;
use slack::Channel;

use super::message::message;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// How often to look, first and later.
const LOOK: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

#[async_trait]
impl Perform for jobs::TakeOver {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The control panel of incident-bot 0.8.2 could not be replaced.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let found = {
            let mut conn = worker.pool.acquire().await?;
            to_take_over(&mut conn, self.incident).await?
        };
        let Some((incident, imported)) = found else {
            return Ok(());
        };
        let Some(channel) = incident.channel_id.clone() else {
            return Ok(());
        };
        let Some(found) = usable(worker, &channel).await? else {
            // That job finds out what became of the channel, asks people, and enqueues this one when it can be used again.
            let mut tx = worker.pool.begin().await?;
            context
                .enqueue(&mut tx, vec![jobs::CheckChannel { incident: incident.id }.job()])
                .await?;
            context.complete(&mut tx).await?;
            return Ok(tx.commit().await?);
        };
        if found.is_private && !incident.private {
            let mut tx = worker.pool.begin().await?;
            found_private(&mut tx, incident.id, context.now()).await?;
            tx.commit().await?;
        }
        // Whoever enqueued this one enqueued that too. Once more here, each look would be a new failure where Slack refuses it.
        let Some(panel) = &incident.panel_ts else {
            return Err(wait(context, "the control panel is posted first"));
        };
        if let Some(old) = imported.panel_ts.as_deref().filter(|old| old != panel) {
            mark_replaced(worker, &incident, &channel, old, panel).await?;
        }
        let mut tx = worker.pool.begin().await?;
        store::legacy::taken_over(&mut tx, incident.id, context.now()).await?;
        // Its name may be another one by now.
        let mut following = vec![
            jobs::DrawDigest { incident: incident.id }.job(),
            jobs::CheckChannel { incident: incident.id }.job(),
        ];
        // Its buttons reach nobody any more.
        if imported.statuspage_ts.is_some() {
            following.push(jobs::DrawStatuspage { incident: incident.id }.job());
        }
        context.enqueue(&mut tx, following).await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::TakeOver>());

/// The channel, where the bot is in it and something can be posted there.
async fn usable(worker: &Worker, channel: &str) -> Result<Option<Channel>, Failure> {
    match worker.slack.channel(channel).await {
        Ok(found) => Ok(Some(found).filter(|found| found.is_member && !found.is_archived)),
        Err(slack::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Has the panel of 0.8.2 say where ours is, and unpins it. What Slack refuses there (it is gone, another app posted it, it is
/// too old to be edited) leaves it as it is: ours stands already.
async fn mark_replaced(
    worker: &Worker,
    incident: &Incident,
    channel: &str,
    old: &str,
    panel: &str,
) -> Result<(), Failure> {
    let address = worker.slack.permalink(channel, panel).await?;
    let key = format!("{}/legacy_panel", incident.id);
    let slack = &worker.slack;
    tolerated(slack.update_message(channel, old, &message(&address), &key).await)?;
    tolerated(slack.unpin(channel, old).await)
}

fn tolerated(answer: slack::Result<()>) -> Result<(), Failure> {
    match answer {
        Err(error) if error.is_channel_unusable() => Err(error.into()),
        Err(error @ (slack::Error::Refused { .. } | slack::Error::NotFound { .. })) => {
            tracing::warn!(%error, "the panel of incident-bot 0.8.2 stays as it is");
            Ok(())
        }
        answer => Ok(answer?),
    }
}

/// Waits a moment, and longer when it takes long.
fn wait(context: &JobContext, reason: &'static str) -> Failure {
    let is_new = context.now() - context.created_at() < TimeDelta::seconds(30);
    Failure::Wait {
        delay: if is_new { LOOK.0 } else { LOOK.1 },
        reason,
    }
}
