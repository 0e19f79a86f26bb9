//! Asks people to make the channel of an open incident usable again.

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::{Incident, Question};
use queue::JobContext;
use slack::Message;

use super::message::question as message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

/// How long to wait for the incident's own post in the digest.
const FOR_DIGEST: TimeDelta = TimeDelta::seconds(30);

#[async_trait]
impl Perform for jobs::AskToUnarchive {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Problem("The channel can't be used, and the request to fix it could not be posted.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = worker.pool.acquire().await?;
            store::prompts::get(&mut conn, self.question).await?
        };
        // Somebody was quicker.
        let Some(question) = question.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let Some(incident) = worker.incident(question.incident).await? else {
            return Ok(());
        };
        let message = message(&incident, &question, self.by.as_deref());
        // The digest shows nothing of a private one.
        let digest = incident.digest.as_ref().filter(|_| !incident.private);
        if let Some(digest) = digest {
            let asked = async {
                let place = worker.thread_of(digest).await?;
                worker.ask_once(&question, place, &message).await
            };
            match asked.await {
                Ok(posted) => return worker.asked(context, &question, &posted).await,
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
        for person in whom(&incident, self.by.as_deref()) {
            match ask_directly(worker, &question, person, &message, context).await {
                // Their account is closed, or they take no messages.
                Err(failure) if failure.is_refusal() => refused = failure,
                asked => anybody = asked.map(|()| true)?,
            }
        }
        if anybody { Ok(()) } else { Err(refused) }
    }
}

inventory::submit!(Handler::of::<jobs::AskToUnarchive>());

async fn ask_directly(
    worker: &Worker,
    question: &Question,
    person: &str,
    message: &Message,
    context: &JobContext,
) -> Result<(), Failure> {
    let direct = worker.slack.open_direct_messages(person).await?;
    let place = Place::channel(&direct);
    let posted = worker.ask_person(question, person, place, message).await?;
    let mut tx = worker.pool.begin().await?;
    incidents::asked(&mut tx, question, &posted, context.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Who is asked directly: whoever opened the incident again, its commander and its declarer.
fn whom<'a>(incident: &'a Incident, by: Option<&'a str>) -> Vec<&'a str> {
    let mut people = incident.leaders();
    people.extend(by.filter(|by| !people.contains(by)));
    people
}
