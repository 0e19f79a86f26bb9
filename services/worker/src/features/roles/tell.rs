//! Tells somebody of the role that they have now.

use std::time::Duration;

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Until the next look for the channel, which the message links.
const CHANNEL_FIRST: Duration = Duration::from_secs(1);

/// Tells somebody by direct message of the role that they have now.
pub(crate) struct TellRole(pub(crate) Worker);

#[async_trait]
impl Handler<job::TellRole> for TellRole {
    async fn run(&self, job: job::TellRole, context: &JobContext) -> Outcome {
        outcome(self.tell(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::TellRole,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let name = store::slack_users::name(conn, &job.user).await?;
        let name = name.as_deref().unwrap_or("Somebody who got a role");
        let sentence = format!("{name} could not be told about their role by direct message. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl TellRole {
    async fn tell(&self, job: job::TellRole, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        // Somebody else has it meanwhile, or the role is gone.
        let (Some(role), Some(holder)) = (settings.role(&job.role), incident.holder(&job.role)) else {
            return Ok(());
        };
        if holder.user_id != job.user {
            return Ok(());
        }
        if incident.channel_id.is_none() && !self.0.waited_for_channel(context) {
            return Err(Failure::Wait {
                delay: CHANNEL_FIRST,
                reason: "the incident has no channel yet that could be named",
            });
        }
        let direct = self.0.slack.open_direct_messages(&job.user).await?;
        let key = format!("{}/role/{}/{}", incident.id, job.role, job.revision);
        let message = message(&incident, &settings, role);
        self.0.post_once(&key, Place::channel(&direct), &message).await?;
        Ok(())
    }
}
