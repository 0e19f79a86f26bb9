//! Tells somebody of the incident that they were paged for.

use async_trait::async_trait;
use queue::{Discard, JobContext};
use store::PgConnection;

use super::message::told;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::TellPaged {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(page) = worker.page(self.page).await? else {
            return Ok(());
        };
        let Some((incident, settings)) = worker.incident_and_settings(page.incident).await? else {
            return Ok(());
        };
        if incident.channel_id.is_none() {
            return Err(Failure::not_yet("the incident has no channel yet"));
        }
        let direct = worker.slack.open_direct_messages(&self.user).await?;
        let key = format!("page/{}/told/{}", page.id, self.user);
        let message = told(&incident, &settings, &page);
        worker.post_once(&key, Place::channel(&direct), &message).await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, self.page).await? else {
            return Ok(());
        };
        let name = store::slack_users::name(conn, &self.user).await?;
        let name = name.as_deref().unwrap_or("Somebody who was paged");
        let sentence =
            format!("{name} could not be told about the page by direct message. {why} PagerDuty pages them anyway.");
        worker.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::TellPaged>());
