//! Tells the declarer that nobody has taken a role.

use async_trait::async_trait;
use incidents::due_nudge;
use queue::JobContext;

use super::message::message;
use crate::Worker;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::Nudge {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The reminder to assign roles could not be posted.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
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
        let mut tx = worker.pool.begin().await?;
        let due = due_nudge(&mut tx, self.incident, context.now()).await?;
        tx.commit().await?;
        let Some(question) = due else {
            return Ok(());
        };
        let message = message(&incident, &settings);
        worker
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }
}

inventory::submit!(Handler::of::<jobs::Nudge>());
