//! Gives the channel of an incident another name.

use async_trait::async_trait;
use domain::{Incident, channel_name};
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use store::PgConnection;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// How many names are tried in one run.
const NAMES_A_RUN: usize = 20;

/// Gives the channel of an incident the name that is wanted for it.
pub(crate) struct RenameChannel(pub(crate) Worker);

#[async_trait]
impl Handler<job::RenameChannel> for RenameChannel {
    async fn run(&self, job: job::RenameChannel, context: &JobContext) -> Outcome {
        outcome(self.rename(job, context).await)
    }

    async fn discarded(
        &self,
        job: &job::RenameChannel,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        // The name stays wanted, for whoever has it tried again.
        let sentence = format!("The channel could not be renamed and keeps its name. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl RenameChannel {
    async fn rename(&self, job: job::RenameChannel, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let wanted = {
            let mut conn = self.0.pool.acquire().await?;
            store::incidents::wanted_channel_name(&mut conn, incident.id).await?
        };
        let Some(mut name) = wanted else {
            return Ok(());
        };
        for _ in 0..NAMES_A_RUN {
            let given = match self.0.slack.rename_channel(channel, &name).await {
                Err(slack::Error::Refused { code, .. }) if code == "name_taken" => {
                    let now = self.0.slack.channel(channel).await?.name;
                    if now != name {
                        name = self.next(&incident, &name).await?;
                        continue;
                    }
                    // By a call of ours whose answer was lost.
                    now
                }
                answer => answer?.name,
            };
            let mut tx = self.0.pool.begin().await?;
            incidents::channel_renamed(&mut tx, incident.id, &given, &job.actor, context.now()).await?;
            context.complete(&mut tx).await?;
            tx.commit().await?;
            return Ok(());
        }
        Err(Failure::Never(format!("{NAMES_A_RUN} names in a row were taken.")))
    }

    /// The first name after one that is taken in Slack which no incident has.
    async fn next(&self, incident: &Incident, taken: &str) -> Result<String, Failure> {
        let mut conn = self.0.pool.acquire().await?;
        let zone = self.0.pool.settings(&mut conn).await?.time_zone;
        let base = channel_name::base(&incident.title, incident.declared_at, zone);
        let mut number = channel_name::number_of(taken, &base).unwrap_or(0);
        loop {
            number += 1;
            let name = channel_name::numbered(&base, number);
            if store::incidents::want_channel_name(&mut conn, incident.id, Some(&name)).await? {
                return Ok(name);
            }
        }
    }
}
