//! Gives the hint, and puts it away.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Handler, JobContext, Outcome};

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Hints in the digest channel that an incident can be declared.
pub(crate) struct HintChatter(pub(crate) Worker);

#[async_trait]
impl Handler<job::HintChatter> for HintChatter {
    async fn run(&self, job: job::HintChatter, _context: &JobContext) -> Outcome {
        outcome(self.hint(job).await)
    }
}

impl HintChatter {
    async fn hint(&self, job: job::HintChatter) -> Result<(), Failure> {
        let any_open = {
            let mut conn = self.0.pool.acquire().await?;
            store::chatter::any_open(&mut conn).await?
        };
        if any_open {
            return Ok(());
        }
        let message = message(&job.hint.to_string());
        let key = job::HintChatter::key(job.hint);
        self.0.post_once(&key, Place::channel(&job.channel), &message).await?;
        Ok(())
    }
}

/// Deletes one of our own messages.
pub(crate) struct DeleteMessage(pub(crate) Worker);

#[async_trait]
impl Handler<job::DeleteMessage> for DeleteMessage {
    async fn run(&self, job: job::DeleteMessage, _context: &JobContext) -> Outcome {
        let deleted = self.0.slack.delete_message(&job.channel, &job.ts).await;
        outcome(deleted.map_err(Failure::from))
    }
}
