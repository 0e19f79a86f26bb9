//! Invites somebody to the RCA channel.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use store::PgConnection;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Invites somebody to the RCA channel.
pub(crate) struct InviteToRca(pub(crate) Worker);

#[async_trait]
impl Handler<job::InviteToRca> for InviteToRca {
    async fn run(&self, job: job::InviteToRca, _context: &JobContext) -> Outcome {
        outcome(self.invite(job).await)
    }

    async fn discarded(
        &self,
        job: &job::InviteToRca,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        self.0.note_not_invited(conn, job.incident, &job.user, why).await
    }
}

impl InviteToRca {
    async fn invite(&self, job: job::InviteToRca) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        // They are invited when the channel is there, or can be used again.
        let Some(channel) = incident.open_rca_channel() else {
            return Ok(());
        };
        let invited = self.0.slack.invite(&channel.id, &job.user).await;
        self.0.in_rca_channel(&incident, invited.map_err(Failure::from)).await
    }
}
