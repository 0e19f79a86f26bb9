//! Tells the channel that the incident is resolved.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::Incident;
use domain::settings::ResolvePages;
use queue::JobContext;
use store::posted_messages::{self, Kind};

use super::message::resolved;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::TellResolved {
    const ON_DISCARD: OnDiscard = OnDiscard::Problem("The resolution could not be posted in the channel.");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let Some(resolved_at) = incident.resolved_at else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            // Said among what was missed, when the channel can be used again.
            let mut conn = worker.pool.acquire().await?;
            return Ok(store::notices::tell_resolution_later(&mut conn, incident.id).await?);
        };
        after_panel(&incident, context)?;
        let (by, pages) = {
            let mut conn = worker.pool.acquire().await?;
            let by = store::timeline::resolved_by(&mut conn, incident.id).await?;
            let pages = if !self.with_pages && settings.resolve_pages == ResolvePages::Ask {
                store::pages::unresolved(&mut conn, incident.id).await?.len()
            } else {
                0
            };
            (by, pages)
        };
        let message = resolved(
            &incident,
            &settings,
            resolved_at,
            by.as_ref(),
            pages,
            self.has_rca_channel,
        );
        let key = format!("{}/resolved/{}", incident.id, self.revision);
        let kept = KeptMessage::in_channel(Kind::Resolution, incident.id, key);
        let told = worker.render(&kept, Place::channel(channel), &message).await;
        let told = worker.in_channel(&incident, told).await?;
        let mut tx = worker.pool.begin().await?;
        told.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::TellResolved>());

/// How long what follows from resolving waits for the message that says so, and how long it pauses between looks.
const FOR_RESOLUTION: TimeDelta = TimeDelta::seconds(30);
const RESOLUTION_FIRST: Duration = Duration::from_millis(200);

impl Worker {
    /// Has a job wait until the channel knows that its incident was resolved: nothing that follows from it comes before.
    pub(crate) async fn after_resolution(&self, incident: &Incident, context: &JobContext) -> Result<(), Failure> {
        let now = context.now();
        let just_resolved = incident.resolved_at.is_some_and(|at| now - at < FOR_RESOLUTION);
        if !just_resolved {
            return Ok(());
        }
        let mut conn = self.pool.acquire().await?;
        match posted_messages::get(&mut conn, Kind::Resolution, incident.id.0, "").await? {
            Some(_) => Ok(()),
            None => Err(Failure::Wait {
                delay: RESOLUTION_FIRST,
                reason: "the resolution is posted first",
            }),
        }
    }
}
