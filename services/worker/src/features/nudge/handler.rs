//! Tells the declarer that nobody has taken a role.

use async_trait::async_trait;
use incidents::due_nudge;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::message;
use crate::Worker;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;

/// Tells the declarer that nobody has taken a role.
pub(crate) struct Nudge(pub(crate) Worker);

#[async_trait]
impl Handler<job::Nudge> for Nudge {
    async fn run(&self, job: job::Nudge, context: &JobContext) -> Outcome {
        outcome(self.nudge(job, context).await)
    }

    async fn given_up(&self, job: &job::Nudge, why: &GivenUp<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let sentence = format!("The reminder to assign roles could not be posted. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl Nudge {
    async fn nudge(&self, job: job::Nudge, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        if incident.channel_id.is_none() {
            return Err(Failure::not_yet("the incident has no channel yet"));
        }
        let Some(channel) = incident.open_channel() else {
            if incident.is_resolved() || !incident.roles.is_empty() {
                return Ok(());
            }
            // Unlike other messages it is not enqueued again when the channel can be used.
            return Err(Failure::not_yet("the channel of the incident cannot be used"));
        };
        after_panel(&incident, context)?;
        let mut tx = self.0.pool.begin().await?;
        let due = due_nudge(&mut tx, job.incident, context.now()).await?;
        tx.commit().await?;
        let Some(question) = due else {
            return Ok(());
        };
        let message = message(&incident, &settings);
        self.0
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }
}
