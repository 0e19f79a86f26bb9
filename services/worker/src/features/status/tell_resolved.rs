//! Tells the channel that the incident is resolved.

use async_trait::async_trait;
use domain::settings::ResolvePages;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::resolved;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Tells the channel of an incident that it is resolved.
pub(crate) struct TellResolved(pub(crate) Worker);

#[async_trait]
impl Handler<job::TellResolved> for TellResolved {
    async fn run(&self, job: job::TellResolved, _context: &JobContext) -> Outcome {
        outcome(self.tell(job).await)
    }

    async fn given_up(
        &self,
        job: &job::TellResolved,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The channel could not be told that the incident is resolved. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl TellResolved {
    async fn tell(&self, job: job::TellResolved) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let (Some(channel), None, Some(resolved_at)) =
            (&incident.channel_id, incident.archived_at, incident.resolved_at)
        else {
            return Ok(());
        };
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
        let message = resolved(&incident, &settings, resolved_at, by.as_ref(), pages);
        let key = format!("{}/resolved/{}", incident.id, job.revision);
        self.0.post_once(&key, Place::channel(channel), &message).await?;
        Ok(())
    }
}
