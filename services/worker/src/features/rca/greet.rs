//! Posts the first message in the RCA channel.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use store::PgConnection;
use store::posted_messages::Kind;

use super::message::greeting;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::messages::KeptMessage;

/// Posts the first message in the RCA channel.
pub(crate) struct GreetRca(pub(crate) Worker);

#[async_trait]
impl Handler<job::GreetRca> for GreetRca {
    async fn run(&self, job: job::GreetRca, context: &JobContext) -> Outcome {
        outcome(self.greet(job, context).await)
    }

    async fn discarded(
        &self,
        job: &job::GreetRca,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The first message of the RCA channel could not be posted. {why}");
        self.0
            .note_rca_problem(conn, job.incident, &sentence, Some(why.job))
            .await
    }
}

impl GreetRca {
    async fn greet(&self, job: job::GreetRca, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_rca_channel() else {
            return Ok(());
        };
        let confluence = {
            let mut conn = self.0.pool.acquire().await?;
            let destination = store::rca_documents::destination(&mut conn).await?;
            // Written by itself, it is linked here in a moment.
            destination.available && !destination.automatic
        };
        let console = self.0.console_link(&incident);
        let message = greeting(&incident, &settings, console.as_deref(), confluence);
        let kept = KeptMessage::in_channel(Kind::RcaGreeting, incident.id, format!("{}/rca/greeting", incident.id));
        let rendered = self.0.render(&kept, Place::channel(&channel.id), &message).await;
        let rendered = self.0.in_rca_channel(&incident, rendered).await?;
        let mut tx = self.0.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
