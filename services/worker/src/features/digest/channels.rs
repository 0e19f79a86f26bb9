//! Finds the digest channel: channels are copied page by page, in the background, and looked up in the copy.

use async_trait::async_trait;
use queue::{EnqueueError, JobContext};
use slack::Channel;
use store::PgConnection;
use store::slack_channels::SlackChannel;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{HOUR, Handler, OnDiscard, Perform, Periodic};

/// Has the channels copied soon.
pub(super) async fn look_for_channels(conn: &mut PgConnection) -> Result<(), EnqueueError> {
    queue::enqueue(conn, vec![jobs::CopyChannels::all()]).await
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
impl Perform for jobs::CopyChannels {
    const ON_DISCARD: OnDiscard = OnDiscard::COPY;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let began = worker.copy_began(self.began, self.cursor.is_none()).await?;
        let (channels, next) = worker.slack.channels(self.cursor).await?;
        let channels: Vec<_> = channels.into_iter().map(copy_of).collect();
        let mut tx = worker.pool.begin().await?;
        store::slack_channels::keep(&mut tx, &channels).await?;
        if let Some(cursor) = next {
            let next = jobs::CopyChannels::next(cursor, began);
            context.enqueue(&mut tx, vec![next]).await?;
            context.complete(&mut tx).await?;
            tx.commit().await?;
            return Ok(());
        }
        store::slack_channels::copied(&mut tx, began).await?;
        let digest = store::slack_channels::find(&mut tx, &worker.config.digest_channel).await?;
        if let Some(digest) = &digest {
            store::chatter::watch(&mut tx, &digest.id).await?;
        }
        tx.commit().await?;
        match digest {
            // In it from the start, the bot hears what people say there before the first incident.
            Some(digest) if !digest.member && !digest.private && !digest.archived => worker.join(&digest.id).await,
            _ => Ok(()),
        }
    }
}

inventory::submit!(Handler::of::<jobs::CopyChannels>());
inventory::submit!(Periodic {
    name: "copy channels",
    every: |_| Some(HOUR),
    job: |_, _| jobs::CopyChannels::all(),
});
