//! Asks the people of a private incident, in its channel, and shows there what they decided.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;
use store::posted_messages::Kind;

use super::message::question;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;

/// Asks the people of a private incident whether somebody may see it, or shows what became of that.
pub(crate) struct DrawAccessRequest(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawAccessRequest> for DrawAccessRequest {
    async fn run(&self, job: job::DrawAccessRequest, context: &JobContext) -> Outcome {
        outcome(self.draw(&job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::DrawAccessRequest,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(asked) = store::access_requests::get(conn, job.request).await? else {
            return Ok(());
        };
        let sentence = format!(
            "{} requested access to this incident, but the request could not be posted here. {why}",
            asked.name
        );
        self.0
            .note_problem(conn, asked.incident, &sentence, Some(why.job))
            .await
    }
}

impl DrawAccessRequest {
    async fn draw(&self, job: &job::DrawAccessRequest, context: &JobContext) -> Result<(), Failure> {
        let asked = {
            let mut conn = self.0.pool.acquire().await?;
            store::access_requests::get(&mut conn, job.request).await?
        };
        let Some(asked) = asked else {
            return Ok(());
        };
        let Some(incident) = self.0.incident(asked.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        after_panel(&incident, context)?;
        let message = question(&incident, &asked);
        let kept = KeptMessage {
            kind: Kind::AccessRequest,
            subject: job.request,
            recipient: "",
            incident: incident.id,
            key: format!("access/{}", job.request),
            stays: false,
        };
        let rendered = self.0.render(&kept, Place::channel(channel), &message).await;
        let rendered = self.0.in_channel(&incident, rendered).await?;
        let mut tx = self.0.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
