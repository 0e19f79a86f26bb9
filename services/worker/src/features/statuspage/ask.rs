//! Asks whether Statuspage is resolved too.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::question as message;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Asks whether Statuspage is resolved too: the incident is.
pub(crate) struct AskStatuspage(pub(crate) Worker);

#[async_trait]
impl Handler<job::AskStatuspage> for AskStatuspage {
    async fn run(&self, job: job::AskStatuspage, context: &JobContext) -> Outcome {
        outcome(self.ask(&job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::AskStatuspage,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(question) = store::questions::get(conn, job.question).await? else {
            return Ok(());
        };
        let sentence = format!("The question whether to resolve Statuspage too could not be posted. {why}");
        self.0
            .note_problem(conn, question.incident, &sentence, Some(why.job))
            .await
    }
}

impl AskStatuspage {
    async fn ask(&self, job: &job::AskStatuspage, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = self.0.pool.acquire().await?;
            store::questions::get(&mut conn, job.question).await?
        };
        // It was resolved there already, or the incident is open again.
        let Some(question) = question.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let Some(incident) = self.0.incident(question.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        self.0.after_resolution(&incident, context).await?;
        let message = message(&incident, &question);
        self.0
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }
}
