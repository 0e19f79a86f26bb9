//! Archives channels, and comes back into those that were opened again.

use async_trait::async_trait;
use incidents::{
    CommandError, archive_by_age, archive_forgotten, can_be_archived, channel_rejoined, channel_was_archived,
};
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Archives the channel of a resolved incident.
pub(crate) struct ArchiveChannel(pub(crate) Worker);

#[async_trait]
impl Handler<job::ArchiveChannel> for ArchiveChannel {
    async fn run(&self, job: job::ArchiveChannel, context: &JobContext) -> Outcome {
        outcome(self.archive(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::ArchiveChannel,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The channel could not be archived. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl ArchiveChannel {
    async fn archive(&self, job: job::ArchiveChannel, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let channel = match (can_be_archived(&incident), &incident.channel_id) {
            (Ok(()), Some(channel)) => channel,
            // Nobody else archives it.
            (Err(error @ CommandError::ChannelLost), _) => return Err(Failure::Never(error.to_string())),
            // Opened again meanwhile, or archived by somebody.
            _ => return Ok(()),
        };
        let archived = self.0.slack.archive_channel(channel).await;
        self.0.in_channel(&incident, archived.map_err(Failure::from)).await?;
        let mut tx = self.0.pool.begin().await?;
        channel_was_archived(&mut tx, incident.id, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Has a channel archived whose incident was resolved long enough ago.
pub(crate) struct ArchiveByAge(pub(crate) Worker);

#[async_trait]
impl Handler<job::ArchiveByAge> for ArchiveByAge {
    async fn run(&self, job: job::ArchiveByAge, context: &JobContext) -> Outcome {
        let looked = async {
            let mut tx = self.0.pool.begin().await?;
            archive_by_age(&mut tx, job.incident, context.now()).await?;
            context.complete(&mut tx).await?;
            tx.commit().await?;
            Ok(())
        };
        outcome(looked.await)
    }
}

/// Looks for channels that are to be archived by their age and that no job waits for.
pub(crate) struct ArchiveForgotten(pub(crate) Worker);

#[async_trait]
impl Handler<job::ArchiveForgotten> for ArchiveForgotten {
    async fn run(&self, _job: job::ArchiveForgotten, context: &JobContext) -> Outcome {
        let looked = async {
            let mut tx = self.0.pool.begin().await?;
            archive_forgotten(&mut tx, context.now()).await?;
            context.complete(&mut tx).await?;
            tx.commit().await?;
            Ok(())
        };
        outcome(looked.await)
    }
}

/// Goes back into a channel that was opened again, and brings it up to date.
pub(crate) struct RejoinChannel(pub(crate) Worker);

#[async_trait]
impl Handler<job::RejoinChannel> for RejoinChannel {
    async fn run(&self, job: job::RejoinChannel, context: &JobContext) -> Outcome {
        outcome(self.rejoin(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::RejoinChannel,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The bot could not rejoin the channel. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl RejoinChannel {
    async fn rejoin(&self, job: job::RejoinChannel, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        // Into a private channel only its members can bring the bot back; mostly it has never left.
        if !incident.private {
            let joined = self.0.slack.join_channel(channel).await;
            self.0.in_channel(&incident, joined.map_err(Failure::from)).await?;
        }
        let mut tx = self.0.pool.begin().await?;
        channel_rejoined(&mut tx, incident.id, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
