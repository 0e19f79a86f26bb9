//! Shows in an incident's channel what is wrong upstream.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::{RECENT, Upstream, message};
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

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
        let sentence = format!("What is wrong upstream could not be shown. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl ShowUpstream {
    async fn show(&self, job: job::ShowUpstream, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let (Some(channel), None) = (&incident.channel_id, incident.archived_at) else {
            return Ok(());
        };
        if settings.providers.is_empty() {
            return Ok(());
        }
        let now = context.now();
        let (upstream, posted) = {
            let mut conn = self.0.pool.acquire().await?;
            let providers = store::upstream::providers(&mut conn, &settings.providers).await?;
            let outages = store::upstream::since(&mut conn, &settings.providers, now - RECENT).await?;
            let posted = store::upstream::message(&mut conn, incident.id).await?;
            (Upstream { providers, outages }, posted)
        };
        let message = message(incident.id, &settings.providers, &upstream);
        let key = format!("{}/upstream", incident.id);
        if let Some(ts) = posted {
            return match self.0.slack.update_message(channel, &ts, &message, &key).await {
                // Somebody deleted it; that is theirs to decide.
                Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
                answer => Ok(answer?),
            };
        }
        let ts = self.0.post_once(&key, Place::channel(channel), &message).await?;
        let mut tx = self.0.pool.begin().await?;
        store::upstream::set_message(&mut tx, incident.id, &ts).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
