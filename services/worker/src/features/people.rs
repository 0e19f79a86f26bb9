//! People in Slack: they are shown by the name they chose.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, Outcome};
use store::slack_users::SlackUser;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Fetches somebody's profile.
pub(crate) struct FetchUser(pub(crate) Worker);

#[async_trait]
impl Handler<job::FetchUser> for FetchUser {
    async fn run(&self, job: job::FetchUser, context: &JobContext) -> Outcome {
        outcome(self.fetch(job, context).await)
    }
}

impl FetchUser {
    async fn fetch(&self, job: job::FetchUser, context: &JobContext) -> Result<(), Failure> {
        let profile = self.0.slack.profile(&job.user).await?;
        let mut tx = self.0.pool.begin().await?;
        let shown = store::incidents::lock(&mut tx, job.incident).await?;
        let user = SlackUser {
            id: profile.id,
            name: profile.name,
            email: profile.email,
        };
        store::slack_users::keep(&mut tx, &user).await?;
        // Whoever drew the incident before this knew them by another name.
        if shown.is_some_and(|incident| incident.declared_by.name() != user.name) {
            store::incidents::touch(&mut tx, job.incident, context.now()).await?;
            let panel = job::DrawPanel { incident: job.incident }.job();
            let digest = job::DrawDigest { incident: job.incident }.job();
            context.enqueue(&mut tx, vec![panel, digest]).await?;
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
