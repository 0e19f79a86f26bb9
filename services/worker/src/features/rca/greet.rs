//! Posts the first message in the RCA channel.

use async_trait::async_trait;
use queue::JobContext;
use store::posted_messages::Kind;

use super::message::greeting;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::GreetRca {
    const ON_DISCARD: OnDiscard = OnDiscard::RcaProblem("The first message of the RCA channel could not be posted.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_rca_channel() else {
            return Ok(());
        };
        let confluence = {
            let mut conn = worker.pool.acquire().await?;
            let destination = store::rca_documents::destination(&mut conn).await?;
            // Written by itself, it is linked here in a moment.
            destination.available && !destination.automatic
        };
        let console = worker.console_link(&incident);
        let message = greeting(&incident, &settings, console.as_deref(), confluence);
        let kept = KeptMessage::in_channel(Kind::RcaGreeting, incident.id, format!("{}/rca/greeting", incident.id));
        let rendered = worker.render(&kept, Place::channel(&channel.id), &message).await;
        let rendered = worker.in_rca_channel(&incident, rendered).await?;
        let mut tx = worker.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::GreetRca>());
