//! Says in a channel that an incident left where it goes on: somebody opened that channel again.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use slack::Message;
use slack::blocks::section;
use slack::text::channel as channel_link;
use store::PgConnection;

use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Turns the former control panel into a pointer to the incident's channel, and posts the same below.
pub(crate) struct NotifyMoved(pub(crate) Worker);

#[async_trait]
impl Handler<job::NotifyMoved> for NotifyMoved {
    async fn run(&self, job: job::NotifyMoved, _context: &JobContext) -> Outcome {
        outcome(self.notify(job).await)
    }

    async fn given_up(
        &self,
        job: &job::NotifyMoved,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The former channel of the incident could not be told that it moved. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl NotifyMoved {
    async fn notify(&self, job: job::NotifyMoved) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let Some(current) = &incident.channel_id else {
            return Err(Failure::not_yet("the incident has no new channel yet"));
        };
        let panel = {
            let mut conn = self.0.pool.acquire().await?;
            store::posted_messages::former_panel(&mut conn, &job.channel).await?
        };
        let message = moved(current);
        let told = async {
            if !incident.private {
                self.0.slack.join_channel(&job.channel).await?;
            }
            if let Some((_, panel)) = &panel {
                let ts = &panel.posted.ts;
                match self
                    .0
                    .slack
                    .update_message(&job.channel, ts, &message, &panel.key)
                    .await
                {
                    Err(error) if error.is_message_gone() => {}
                    updated => updated?,
                }
            }
            let key = format!("{}/{}", incident.key_in_channel("moved"), job.channel);
            self.0.post_once(&key, Place::channel(&job.channel), &message).await?;
            Ok::<_, Failure>(())
        };
        match told.await {
            // It was archived again, or the bot is not in it.
            Err(Failure::Slack(error)) if error.is_channel_unusable() => Ok(()),
            told => told,
        }
    }
}

fn moved(channel: &str) -> Message {
    let text = format!(
        "➡️ This incident moved to {}. Nothing is updated here anymore.",
        channel_link(channel)
    );
    Message {
        blocks: vec![section(text.clone())],
        text,
    }
}
