//! Posts an update in the digest channel.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Posts an update in the digest channel.
pub(crate) struct PostUpdate(pub(crate) Worker);

#[async_trait]
impl Handler<job::PostUpdate> for PostUpdate {
    async fn run(&self, job: job::PostUpdate, _context: &JobContext) -> Outcome {
        outcome(self.post(job).await)
    }

    async fn given_up(
        &self,
        job: &job::PostUpdate,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("An update could not be posted in the digest channel. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl PostUpdate {
    async fn post(&self, job: job::PostUpdate) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        // Of a private incident the digest shows at most that it exists; its channel has the notice.
        if incident.private {
            return Ok(());
        }
        let Some(digest) = &incident.digest else {
            return Err(Failure::not_yet("the incident has no post in the digest channel yet"));
        };
        let message = message(&incident, &settings, &job);
        let place = Place {
            channel: &digest.channel,
            thread_ts: settings.updates_in_thread.then_some(&digest.ts),
        };
        let key = format!("{}/update/{}", incident.id, job.revision);
        self.0.post_once(&key, place, &message).await?;
        Ok(())
    }
}
