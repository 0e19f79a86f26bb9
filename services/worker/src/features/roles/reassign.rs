//! Asks for people who take over roles from closed accounts.

use async_trait::async_trait;
use queue::JobContext;

use super::reassign_message::reassign;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::AskToReassign {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem(
        "Somebody with a role can no longer act, and the request to take it over could not be \
                            posted.",
    );

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = worker.pool.acquire().await?;
            store::prompts::get(&mut conn, self.question).await?
        };
        let Some(question) = question.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let Some((incident, settings)) = worker.incident_and_settings(question.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel has open questions posted.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let message = reassign(&incident, &settings, &question);
        worker
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }
}

inventory::submit!(Handler::of::<jobs::AskToReassign>());
