//! Tells somebody of the incident that they were paged for.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::told;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Tells somebody by direct message of the incident that they were paged for.
pub(crate) struct TellPaged(pub(crate) Worker);

#[async_trait]
impl Handler<job::TellPaged> for TellPaged {
    async fn run(&self, job: job::TellPaged, _context: &JobContext) -> Outcome {
        outcome(self.tell(job).await)
    }

    async fn given_up(
        &self,
        job: &job::TellPaged,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, job.page).await? else {
            return Ok(());
        };
        let name = store::slack_users::name(conn, &job.user).await?;
        let name = name.as_deref().unwrap_or("Somebody who was paged");
        let sentence =
            format!("{name} could not be told about the page by direct message. {why} PagerDuty pages them anyway.");
        self.0.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

impl TellPaged {
    async fn tell(&self, job: job::TellPaged) -> Result<(), Failure> {
        let Some(page) = self.0.page(job.page).await? else {
            return Ok(());
        };
        let Some((incident, settings)) = self.0.incident_and_settings(page.incident).await? else {
            return Ok(());
        };
        if incident.channel_id.is_none() {
            return Err(Failure::not_yet("the incident has no channel yet"));
        }
        let direct = self.0.slack.open_direct_messages(&job.user).await?;
        let key = format!("page/{}/told/{}", page.id, job.user);
        let message = told(&incident, &settings, &page);
        self.0.post_once(&key, Place::channel(&direct), &message).await?;
        Ok(())
    }
}
