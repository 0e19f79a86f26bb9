//! Notifies somebody of a role that is no longer theirs.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use store::PgConnection;

use super::lost_message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Notifies somebody by direct message of a role that is no longer theirs.
pub(crate) struct NotifyRoleLost(pub(crate) Worker);

#[async_trait]
impl Handler<job::NotifyRoleLost> for NotifyRoleLost {
    async fn run(&self, job: job::NotifyRoleLost, _context: &JobContext) -> Outcome {
        outcome(self.notify(&job).await)
    }

    async fn discarded(
        &self,
        job: &job::NotifyRoleLost,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let name = store::slack_users::name(conn, &job.user).await?;
        let name = name.as_ref().unwrap_or(&job.user);
        let sentence = format!("{name} couldn't be told that a role is no longer theirs. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl NotifyRoleLost {
    async fn notify(&self, job: &job::NotifyRoleLost) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let Some(role) = settings.role(&job.role) else {
            return Ok(());
        };
        let holder = incident.holder(&job.role);
        // They have it again.
        if holder.is_some_and(|holder| holder.user_id == job.user) {
            return Ok(());
        }
        let direct = self.0.slack.open_direct_messages(&job.user).await?;
        let key = format!("{}/role_lost/{}/{}", incident.id, job.role, job.revision);
        let message = message(&incident, role, holder, &job.by);
        self.0.post_once(&key, Place::channel(&direct), &message).await?;
        Ok(())
    }
}
