//! Finds the digest channel: channels are copied page by page, in the background, and looked up in the copy.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{EnqueueError, Handler, JobContext, Outcome};
use slack::Channel;
use store::PgConnection;
use store::slack_channels::SlackChannel;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Copies one page of the channels that the bot may see.
pub(crate) struct CopyChannels(pub(crate) Worker);

/// Has the channels copied soon.
pub(super) async fn look_for_channels(conn: &mut PgConnection) -> Result<(), EnqueueError> {
    queue::enqueue(conn, vec![job::CopyChannels::all()]).await
}

/// A channel as it is kept.
fn copy_of(channel: Channel) -> SlackChannel {
    SlackChannel {
        id: channel.id,
        name: channel.name,
        private: channel.is_private,
        archived: channel.is_archived,
        member: channel.is_member,
        ext_shared: channel.is_ext_shared,
    }
}

impl Worker {
    /// The digest channel, where it is known and the bot is in it.
    pub(crate) async fn known_digest_channel(&self) -> Result<Option<String>, Failure> {
        let mut conn = self.pool.acquire().await?;
        let known = store::slack_channels::find(&mut conn, &self.config.digest_channel).await?;
        Ok(known.filter(|channel| channel.member).map(|channel| channel.id))
    }

    /// Has the bot come into a channel that everybody may join.
    pub(crate) async fn join(&self, channel: &str) -> Result<(), Failure> {
        let joined = SlackChannel {
            member: true,
            ..copy_of(self.slack.join_channel(channel).await?)
        };
        let mut conn = self.pool.acquire().await?;
        Ok(store::slack_channels::keep(&mut conn, &[joined]).await?)
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
        if let Some(cursor) = next {
            let next = job::CopyChannels::next(cursor, began);
            context.enqueue(&mut tx, vec![next]).await?;
            context.complete(&mut tx).await?;
            tx.commit().await?;
            return Ok(());
        }
        store::slack_channels::copied(&mut tx, began).await?;
        let digest = store::slack_channels::find(&mut tx, &self.0.config.digest_channel).await?;
        if let Some(digest) = &digest {
            store::chatter::watch(&mut tx, &digest.id).await?;
        }
        tx.commit().await?;
        match digest {
            // In it from the start, the bot hears what people say there before the first incident.
            Some(digest) if !digest.member && !digest.private && !digest.archived => self.0.join(&digest.id).await,
            _ => Ok(()),
        }
    }
}
