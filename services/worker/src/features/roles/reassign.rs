//! Asks for people who take over roles from closed accounts.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::reassign_message::reassign;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Asks in the channel of an incident for people who take over roles from closed accounts.
pub(crate) struct AskToReassign(pub(crate) Worker);

#[async_trait]
impl Handler<job::AskToReassign> for AskToReassign {
    async fn run(&self, job: job::AskToReassign, context: &JobContext) -> Outcome {
        outcome(self.ask(&job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::AskToReassign,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(question) = store::questions::get(conn, job.question).await? else {
            return Ok(());
        };
        let sentence = format!(
            "An account was deactivated, and the request to take over its roles could not be \
                                posted. {why}"
        );
        self.0
            .note_problem(conn, question.incident, &sentence, Some(why.job))
            .await
    }
}

impl AskToReassign {
    async fn ask(&self, job: &job::AskToReassign, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = self.0.pool.acquire().await?;
            store::questions::get(&mut conn, job.question).await?
        };
        let Some(question) = question.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let Some((incident, settings)) = self.0.incident_and_settings(question.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel has open questions posted.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let message = reassign(&incident, &settings, &question);
        self.0
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }
}
