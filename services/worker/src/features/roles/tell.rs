//! Tells somebody of the role that they have now.

use std::time::Duration;

use async_trait::async_trait;
use queue::{Discard, JobContext};
use store::PgConnection;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// Until the next look for the channel, which the message links.
const CHANNEL_FIRST: Duration = Duration::from_secs(1);

#[async_trait]
impl Perform for jobs::TellRole {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        // Somebody else has it meanwhile, or the role is gone.
        let (Some(role), Some(holder)) = (settings.role(&self.role), incident.holder(&self.role)) else {
            return Ok(());
        };
        if holder.user_id != self.user {
            return Ok(());
        }
        if incident.channel_id.is_none() && !worker.waited_for_channel(context) {
            return Err(Failure::Wait {
                delay: CHANNEL_FIRST,
                reason: "the incident has no channel yet that could be named",
            });
        }
        let direct = worker.slack.open_direct_messages(&self.user).await?;
        let key = format!("{}/role/{}/{}", incident.id, self.role, self.revision);
        let message = message(&incident, &settings, role);
        worker.post_once(&key, Place::channel(&direct), &message).await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let name = store::slack_users::name(conn, &self.user).await?;
        let name = name.as_deref().unwrap_or("Somebody who got a role");
        let sentence = format!("{name} could not be told about their role by direct message. {why}");
        worker.note_problem(conn, self.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::TellRole>());
