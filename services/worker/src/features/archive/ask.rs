//! Asks people to make the channel of an open incident usable again.

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::{Incident, Question};
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use slack::Message;
use store::PgConnection;

use super::message::question as message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// How long to wait for the incident's own post in the digest.
const FOR_DIGEST: TimeDelta = TimeDelta::seconds(30);

/// Asks people to make the channel of an open incident usable again, or to have a new one made.
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
        let sentence = format!("The channel can't be used, and the request to fix it could not be posted. {why}");
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
        // The digest shows nothing of a private one.
        let digest = incident.digest.as_ref().filter(|_| !incident.private);
        if let Some(digest) = digest {
            let asked = async {
                let place = self.0.thread_of(digest).await?;
                self.0.ask_once(&question, place, &message).await
            };
            match asked.await {
                Ok(posted) => return self.0.asked(context, &question, &posted).await,
                // The post was deleted, or the digest channel cannot be used: people are asked directly.
                Err(failure) if failure.is_refusal() => {
                    tracing::warn!(?failure, incident = %incident.id, "the prompt could not be posted in the digest \
                                                                       channel");
                }
                Err(error) => return Err(error),
            }
        } else if !incident.private && context.now() - context.created_at() < FOR_DIGEST {
            return Err(Failure::not_yet("the incident has no post in the digest channel yet"));
        }
        let mut refused = Failure::Never("There is nobody to ask.".to_owned());
        let mut anybody = false;
        for person in whom(&incident, job.by.as_deref()) {
            match self.ask_directly(&question, person, &message, context).await {
                // Their account is closed, or they take no messages.
                Err(failure) if failure.is_refusal() => refused = failure,
                asked => anybody = asked.map(|()| true)?,
            }
        }
        if anybody { Ok(()) } else { Err(refused) }
    }

    async fn ask_directly(
        &self,
        question: &Question,
        person: &str,
        message: &Message,
        context: &JobContext,
    ) -> Result<(), Failure> {
        let direct = self.0.slack.open_direct_messages(person).await?;
        let place = Place::channel(&direct);
        let posted = self.0.ask_person(question, person, place, message).await?;
        let mut tx = self.0.pool.begin().await?;
        incidents::asked(&mut tx, question, &posted, context.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Who is asked directly: whoever opened the incident again, its commander and its declarer.
fn whom<'a>(incident: &'a Incident, by: Option<&'a str>) -> Vec<&'a str> {
    let mut people = incident.leaders();
    people.extend(by.filter(|by| !people.contains(by)));
    people
}
