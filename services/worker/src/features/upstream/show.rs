//! Shows in an incident's channel what is wrong upstream.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;
use store::posted_messages::Kind;

use super::message::{RECENT, Upstream, message};
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;

/// Posts the message that shows what is wrong upstream, or draws it anew.
pub(crate) struct ShowUpstream(pub(crate) Worker);

#[async_trait]
impl Handler<job::ShowUpstream> for ShowUpstream {
    async fn run(&self, job: job::ShowUpstream, context: &JobContext) -> Outcome {
        outcome(self.show(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::ShowUpstream,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The upstream status could not be posted. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl ShowUpstream {
    async fn show(&self, job: job::ShowUpstream, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
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
            let mut conn = self.0.pool.acquire().await?;
            let providers = store::upstream::providers(&mut conn, &settings.providers).await?;
            let outages = store::upstream::since(&mut conn, &settings.providers, now - RECENT).await?;
            Upstream { providers, outages }
        };
        let message = message(incident.id, &settings.providers, &upstream);
        let kept = KeptMessage::in_channel(Kind::Upstream, incident.id, format!("{}/upstream", incident.id));
        let rendered = self.0.render(&kept, Place::channel(channel), &message).await;
        let rendered = self.0.in_channel(&incident, rendered).await?;
        let mut tx = self.0.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
