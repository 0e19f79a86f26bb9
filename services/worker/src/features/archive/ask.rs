//! Asks for a person who opens the archived channel of an open incident again.

use async_trait::async_trait;
use domain::Incident;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::question as message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Asks for a person who opens the archived channel of an open incident again.
pub(crate) struct AskToUnarchive(pub(crate) Worker);

#[async_trait]
impl Handler<job::AskToUnarchive> for AskToUnarchive {
    async fn run(&self, job: job::AskToUnarchive, context: &JobContext) -> Outcome {
        outcome(self.ask(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::AskToUnarchive,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(question) = store::questions::get(conn, job.question).await? else {
            return Ok(());
        };
        let sentence = format!(
            "The channel is archived, and nobody could be asked to open it again. {why} Unarchive it in Slack."
        );
        self.0
            .note_problem(conn, question.incident, &sentence, Some(why.job))
            .await
    }
}

impl AskToUnarchive {
    async fn ask(&self, job: job::AskToUnarchive, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = self.0.pool.acquire().await?;
            store::questions::get(&mut conn, job.question).await?
        };
        // Somebody was quicker.
        let Some(question) = question.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let Some(incident) = self.0.incident(question.incident).await? else {
            return Ok(());
        };
        let message = message(&incident, &question, job.by.as_deref());
        match &incident.digest {
            // The digest shows nothing of a private one.
            _ if incident.private => {
                let Some(direct) = self.direct(&incident, job.by.as_deref()).await? else {
                    return Ok(());
                };
                self.0.ask(context, &question, Place::channel(&direct), &message).await
            }
            Some(digest) => {
                let place = Place {
                    channel: &digest.channel,
                    thread_ts: Some(&digest.ts),
                };
                self.0.ask(context, &question, place, &message).await
            }
            None => Err(Failure::not_yet("the incident has no post in the digest channel yet")),
        }
    }

    /// The direct messages with whoever opened the incident again, or declared it.
    async fn direct(&self, incident: &Incident, by: Option<&str>) -> Result<Option<String>, Failure> {
        match by.or(incident.declared_by.slack_user_id()) {
            Some(user) => Ok(Some(self.0.slack.open_direct_messages(user).await?)),
            None => Ok(None),
        }
    }
}
