//! Says in a channel that an incident left where it goes on: somebody opened that channel again.

use async_trait::async_trait;
use queue::JobContext;
use slack::Message;
use slack::blocks::section;
use slack::text::channel as channel_link;

use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::NotifyMoved {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Problem("The former channel of the incident could not be told that it moved.");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let Some(current) = &incident.channel_id else {
            return Err(Failure::not_yet("the incident has no new channel yet"));
        };
        let panel = {
            let mut conn = worker.pool.acquire().await?;
            store::posted_messages::former_panel(&mut conn, &self.channel).await?
        };
        let message = moved(current);
        let told = async {
            if !incident.private {
                worker.slack.join_channel(&self.channel).await?;
            }
            if let Some((_, panel)) = &panel {
                let ts = &panel.posted.ts;
                match worker
                    .slack
                    .update_message(&self.channel, ts, &message, &panel.key)
                    .await
                {
                    Err(error) if error.is_message_gone() => {}
                    updated => updated?,
                }
            }
            let key = format!("{}/{}", incident.key_in_channel("moved"), self.channel);
            worker.post_once(&key, Place::channel(&self.channel), &message).await?;
            Ok::<_, Failure>(())
        };
        match told.await {
            // It was archived again, or the bot is not in it.
            Err(Failure::Slack(error)) if error.is_channel_unusable() => Ok(()),
            told => told,
        }
    }
}

inventory::submit!(Handler::of::<jobs::NotifyMoved>());

fn moved(channel: &str) -> Message {
    let text = format!(
        "➡️ This incident moved to {}. This channel is no longer updated.",
        channel_link(channel)
    );
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}
