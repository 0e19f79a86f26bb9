//! Tells the declarer where the channel is.

use async_trait::async_trait;
use queue::JobContext;

use super::tell_declarer_message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::TellDeclarer {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Problem("The link to the channel could not be sent to the declarer by direct message.");

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let (Some(user), Some(channel)) = (incident.declared_by.slack_user_id(), &incident.channel_id) else {
            return Ok(());
        };
        let direct = worker.slack.open_direct_messages(user).await?;
        let key = incident.key_in_channel("tell_declarer");
        worker
            .post_once(&key, Place::channel(&direct), &message(&incident, &settings, channel))
            .await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::TellDeclarer>());
