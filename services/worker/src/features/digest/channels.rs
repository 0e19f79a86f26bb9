//! Finds the digest channel: channels are copied page by page, in the background, and looked up in the copy.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{EnqueueError, Handler, JobContext, Outcome};
use slack::Channel;
use store::PgConnection;
use store::slack_channels::SlackChannel;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Copies one page of the channels that the bot may see.
pub(crate) struct CopyChannels(pub(crate) Worker);

/// Has the channels copied soon.
pub(super) async fn look_for_channels(conn: &mut PgConnection) -> Result<(), EnqueueError> {
    jobs::enqueue(conn, vec![job::CopyChannels::all()]).await
}

/// A channel as it is kept.
pub(super) fn copy_of(channel: Channel) -> SlackChannel {
    SlackChannel {
        id: channel.id,
        name: channel.name,
        private: channel.is_private,
        archived: channel.is_archived,
        member: channel.is_member,
    }
}

#[async_trait]
impl Handler<job::CopyChannels> for CopyChannels {
    async fn run(&self, job: job::CopyChannels, context: &JobContext) -> Outcome {
        outcome(self.copy(job, context).await)
    }
}

impl CopyChannels {
    async fn copy(&self, job: job::CopyChannels, context: &JobContext) -> Result<(), Failure> {
        let began = self.0.copy_began(job.began, job.cursor.is_none()).await?;
        let (channels, next) = self.0.slack.channels(job.cursor).await?;
        let channels: Vec<_> = channels.into_iter().map(copy_of).collect();
        let mut tx = self.0.pool.begin().await?;
        store::slack_channels::keep(&mut tx, &channels).await?;
        match next {
            Some(cursor) => {
                context
                    .enqueue(&mut tx, vec![job::CopyChannels::next(cursor, began)])
                    .await?;
            }
            None => store::slack_channels::copied(&mut tx, began).await?,
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
