//! Archives channels, and comes back into those that were opened again.

use async_trait::async_trait;
use incidents::{
    CommandError, archive_by_age, archive_forgotten, can_be_archived, channel_rejoined, channel_was_archived,
};
use queue::JobContext;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{HOUR, Handler, OnDiscard, Perform, Periodic};

#[async_trait]
impl Perform for jobs::ArchiveChannel {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The channel could not be archived.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let channel = match (can_be_archived(&incident), &incident.channel_id) {
            (Ok(()), Some(channel)) => channel,
            // Nobody else archives it.
            (Err(error @ CommandError::ChannelLost), _) => return Err(Failure::Never(error.to_string())),
            // Opened again meanwhile, or archived by somebody.
            _ => return Ok(()),
        };
        let archived = worker.slack.archive_channel(channel).await;
        worker.in_channel(&incident, archived.map_err(Failure::from)).await?;
        let mut tx = worker.pool.begin().await?;
        channel_was_archived(&mut tx, incident.id, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::ArchiveChannel>());

#[async_trait]
impl Perform for jobs::ArchiveByAge {
    const ON_DISCARD: OnDiscard = OnDiscard::Silent("the next look at old channels enqueues it again");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        archive_by_age(&mut tx, self.incident, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::ArchiveByAge>());

#[async_trait]
impl Perform for jobs::ArchiveForgotten {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        archive_forgotten(&mut tx, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::ArchiveForgotten>());
inventory::submit!(Periodic {
    name: "archive old channels",
    every: |_| Some(HOUR),
    job: |_, _| jobs::ArchiveForgotten {}.job(),
});

#[async_trait]
impl Perform for jobs::RejoinChannel {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The bot could not rejoin the channel.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        // Into a private channel only its members can bring the bot back; mostly it has never left.
        if !incident.private {
            let joined = worker.slack.join_channel(channel).await;
            worker.in_channel(&incident, joined.map_err(Failure::from)).await?;
        }
        let mut tx = worker.pool.begin().await?;
        channel_rejoined(&mut tx, incident.id, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::RejoinChannel>());
