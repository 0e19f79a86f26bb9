//! Asks whether Statuspage is resolved too.

use async_trait::async_trait;
use queue::JobContext;

use super::message::question as message;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::AskStatuspage {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem(
        "The question whether to resolve Statuspage too could not be \
                                                      posted.",
    );

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = worker.pool.acquire().await?;
            store::prompts::get(&mut conn, self.question).await?
        };
        // It was resolved there already, or the incident is open again.
        let Some(question) = question.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let Some(incident) = worker.incident(question.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        worker.after_resolution(&incident, context).await?;
        let message = message(&incident, &question);
        worker
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }
}

inventory::submit!(Handler::of::<jobs::AskStatuspage>());
