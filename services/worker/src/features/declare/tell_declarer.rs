//! Tells the declarer where the channel is.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::tell_declarer_message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Tells the declarer where the channel is.
pub(crate) struct TellDeclarer(pub(crate) Worker);

#[async_trait]
impl Handler<job::TellDeclarer> for TellDeclarer {
    async fn run(&self, job: job::TellDeclarer, _context: &JobContext) -> Outcome {
        outcome(self.tell(job).await)
    }

    async fn given_up(
        &self,
        job: &job::TellDeclarer,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The link to the channel could not be sent to the declarer by direct message. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl TellDeclarer {
    async fn tell(&self, job: job::TellDeclarer) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        let (Some(user), Some(channel)) = (incident.declared_by.slack_user_id(), &incident.channel_id) else {
            return Ok(());
        };
        let direct = self.0.slack.open_direct_messages(user).await?;
        let key = incident.key_in_channel("tell_declarer");
        self.0
            .post_once(&key, Place::channel(&direct), &message(&incident, &settings, channel))
            .await?;
        Ok(())
    }
}
