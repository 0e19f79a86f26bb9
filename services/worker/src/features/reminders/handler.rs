//! Reminds people of the next update.

use async_trait::async_trait;
use incidents::{JobCommandError, due_reminder, remind_again, reminded};
use jobs::payloads::slack as job;
use queue::{Discard, EnqueueError, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;

/// Reminds people of the next update, when it is due.
pub(crate) struct Remind(pub(crate) Worker);

#[async_trait]
impl Handler<job::Remind> for Remind {
    async fn run(&self, job: job::Remind, context: &JobContext) -> Outcome {
        outcome(self.remind(job, context).await)
    }

    /// One that could not be posted must not be the last.
    async fn discarded(
        &self,
        job: &job::Remind,
        _why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        match remind_again(conn, job.incident, self.0.config.jobs.clock.now()).await {
            Ok(()) => Ok(()),
            Err(JobCommandError::Store(error) | JobCommandError::Jobs(EnqueueError::Database(error))) => Err(error),
            Err(JobCommandError::Jobs(error @ EnqueueError::Payload { .. })) => Err(store::Error::Encode(error.into())),
        }
    }
}

impl Remind {
    async fn remind(&self, job: job::Remind, context: &JobContext) -> Result<(), Failure> {
        let mut tx = self.0.pool.begin().await?;
        let due = due_reminder(&mut tx, job.incident, context.now()).await?;
        if due.is_none() {
            context.complete(&mut tx).await?;
        }
        tx.commit().await?;
        let Some(question) = due else {
            return Ok(());
        };
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        after_panel(&incident, context)?;
        let message = message(&incident, &settings, &question);
        let posted = self.0.ask_once(&question, Place::channel(channel), &message).await;
        let posted = self.0.in_channel(&incident, posted).await?;
        let mut tx = self.0.pool.begin().await?;
        reminded(&mut tx, &question, &posted, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
