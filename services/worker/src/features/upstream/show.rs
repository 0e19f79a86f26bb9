//! Shows in an incident's channel what is wrong upstream.

use async_trait::async_trait;
use queue::JobContext;
use store::posted_messages::Kind;

use super::message::{RECENT, Upstream, message};
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::ShowUpstream {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The upstream status could not be posted.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        if settings.providers.is_empty() {
            return Ok(());
        }
        after_panel(&incident, context)?;
        let now = context.now();
        let upstream = {
            let mut conn = worker.pool.acquire().await?;
            let providers = store::upstream::providers(&mut conn, &settings.providers).await?;
            let outages = store::upstream::since(&mut conn, &settings.providers, now - RECENT).await?;
            Upstream { providers, outages }
        };
        let message = message(incident.id, &settings.providers, &upstream);
        let kept = KeptMessage::in_channel(Kind::Upstream, incident.id, format!("{}/upstream", incident.id));
        let rendered = worker.render(&kept, Place::channel(channel), &message).await;
        let rendered = worker.in_channel(&incident, rendered).await?;
        let mut tx = worker.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::ShowUpstream>());
