//! Invites somebody to the RCA channel.

use async_trait::async_trait;
use queue::{Discard, JobContext};
use store::PgConnection;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::InviteToRca {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        // They are invited when the channel is there, or can be used again.
        let Some(channel) = incident.open_rca_channel() else {
            return Ok(());
        };
        let invited = worker.slack.invite(&channel.id, &self.user).await;
        worker.in_rca_channel(&incident, invited.map_err(Failure::from)).await
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        worker.note_not_invited(conn, self.incident, &self.user, why).await
    }
}

inventory::submit!(Handler::of::<jobs::InviteToRca>());
