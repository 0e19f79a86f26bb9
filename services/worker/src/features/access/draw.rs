//! Asks the people of a private incident, in its channel, and shows there what they decided.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::question;
use crate::Worker;
use crate::failure::{Failure, outcome};

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
            "{} asks to be let into this incident, and that could not be shown here. {why}",
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
        let (Some(channel), None) = (&incident.channel_id, incident.archived_at) else {
            return Ok(());
        };
        let key = format!("access/{}", job.request);
        let message = question(&asked);
        if let Some(ts) = &asked.message_ts {
            return match self.0.slack.update_message(channel, ts, &message, &key).await {
                // Somebody deleted it; that is theirs to decide.
                Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
                answer => Ok(answer?),
            };
        }
        let ts = self.0.post_once_as_it_is_now(&key, channel, &message).await?;
        let mut tx = self.0.pool.begin().await?;
        store::access_requests::set_message(&mut tx, job.request, &ts).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
