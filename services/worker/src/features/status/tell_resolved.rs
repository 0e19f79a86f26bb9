//! Tells the channel that the incident is resolved.

use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::Incident;
use domain::settings::ResolvePages;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;
use store::posted_messages::{self, Kind};

use super::message::resolved;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;

/// Tells the channel of an incident that it is resolved.
pub(crate) struct TellResolved(pub(crate) Worker);

#[async_trait]
impl Handler<job::TellResolved> for TellResolved {
    async fn run(&self, job: job::TellResolved, context: &JobContext) -> Outcome {
        outcome(self.tell(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::TellResolved,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The resolution could not be posted in the channel. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl TellResolved {
    async fn tell(&self, job: job::TellResolved, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let Some(resolved_at) = incident.resolved_at else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            // Said among what was missed, when the channel can be used again.
            let mut conn = self.0.pool.acquire().await?;
            return Ok(store::notices::tell_resolution_later(&mut conn, incident.id).await?);
        };
        after_panel(&incident, context)?;
        let (by, pages) = {
            let mut conn = self.0.pool.acquire().await?;
            let by = store::timeline::resolved_by(&mut conn, incident.id).await?;
            let pages = if !job.with_pages && settings.resolve_pages == ResolvePages::Ask {
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
            job.has_rca_channel,
        );
        let key = format!("{}/resolved/{}", incident.id, job.revision);
        let kept = KeptMessage::in_channel(Kind::Resolution, incident.id, key);
        let told = self.0.render(&kept, Place::channel(channel), &message).await;
        let told = self.0.in_channel(&incident, told).await?;
        let mut tx = self.0.pool.begin().await?;
        told.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

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
