//! Notifies somebody of a role that is no longer theirs.

use async_trait::async_trait;
use queue::{Discard, JobContext};
use store::PgConnection;

use super::lost_message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::NotifyRoleLost {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let Some(role) = settings.role(&self.role) else {
            return Ok(());
        };
        let holder = incident.holder(&self.role);
        // They have it again.
        if holder.is_some_and(|holder| holder.user_id == self.user) {
            return Ok(());
        }
        let direct = worker.slack.open_direct_messages(&self.user).await?;
        let key = format!("{}/role_lost/{}/{}", incident.id, self.role, self.revision);
        let message = message(&incident, role, holder, &self.by);
        worker.post_once(&key, Place::channel(&direct), &message).await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let name = store::slack_users::name(conn, &self.user).await?;
        let name = name.as_ref().unwrap_or(&self.user);
        let sentence = format!("{name} couldn't be told that a role is no longer theirs. {why}");
        worker.note_problem(conn, self.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::NotifyRoleLost>());
