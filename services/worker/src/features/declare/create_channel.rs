//! Makes the channel of an incident.
//!
//! The name was chosen with the incident and finds the channel again when Slack's answer was lost. A name that somebody
//! else took in Slack is left to them: the incident gets the next free one.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{Incident, IncidentId, channel_name};
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, NewJob, Outcome};
use serde::{Deserialize, Serialize};
use slack::Channel;
use store::PgConnection;
use store::effects::{self, Attempt};

use crate::Worker;
use crate::effects::CLOCK_MARGIN;
use crate::failure::{Failure, outcome};

/// How many names are tried in one run.
const NAMES_A_RUN: usize = 20;

/// Makes the channel of an incident.
pub(crate) struct CreateChannel(pub(crate) Worker);

/// What came of making a channel.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    channel: String,
    name: String,
}

#[async_trait]
impl Handler<job::CreateChannel> for CreateChannel {
    async fn run(&self, job: job::CreateChannel, context: &JobContext) -> Outcome {
        outcome(self.create(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::CreateChannel,
        reason: &str,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("The channel of this incident could not be created. {reason}");
        self.0.note_problem(conn, job.incident, &sentence).await
    }
}

impl CreateChannel {
    async fn create(&self, job: job::CreateChannel, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        if incident.channel_id.is_some() {
            return Ok(());
        }
        self.ask_for_name(&incident, context).await?;
        let key = format!("{}/channel", incident.id);
        let made = self.make(&key, incident).await?;

        let mut tx = self.0.pool.begin().await?;
        let result = serde_json::json!({ "channel": made.channel, "name": made.name });
        effects::finish(&mut tx, &key, &result).await?;
        incidents::channel_created(
            &mut tx,
            job.incident,
            &made.channel,
            &made.name,
            job.answer_in,
            context.now(),
        )
        .await?;
        context.complete(&mut tx).await?;
        store::commit(tx).await?;
        Ok(())
    }

    /// Has the declarer's name fetched meanwhile, where it is not known.
    async fn ask_for_name(&self, incident: &Incident, context: &JobContext) -> Result<(), Failure> {
        let Some(user) = incident.declared_by.slack_user_id() else {
            return Ok(());
        };
        let mut conn = self.0.pool.acquire().await?;
        if store::slack_users::fresh_name(&mut conn, user).await?.is_none() {
            let fetch = job::FetchUser {
                user: user.to_owned(),
                incident: incident.id,
            };
            let fetch = NewJob::new(&fetch).coalesce(format!("user/{user}"));
            context.enqueue(&mut conn, vec![fetch]).await?;
        }
        Ok(())
    }

    async fn make(&self, key: &str, incident: Incident) -> Result<Made, Failure> {
        match self.0.begin(key).await? {
            Attempt::Done(result) => {
                if let Ok(made) = serde_json::from_value(result) {
                    return Ok(made);
                }
            }
            Attempt::Unknown {
                first_started_at,
                since_last,
            } => {
                self.0.settled(since_last)?;
                if let Some(channel) = self.find(&incident, first_started_at - CLOCK_MARGIN).await? {
                    return Ok(Made {
                        channel: channel.id,
                        name: channel.name,
                    });
                }
                self.0.begin_again(key).await?;
            }
            Attempt::Fresh => {}
        }
        let (id, private) = (incident.id, incident.private);
        let mut name = incident.channel_name;
        for _ in 0..NAMES_A_RUN {
            match self.0.slack.create_channel(&name, private).await {
                Err(slack::Error::Refused { code, .. }) if code == "name_taken" => name = self.next_name(id).await?,
                answer => {
                    let channel = self.0.attempted(key, answer).await?;
                    return Ok(Made {
                        channel: channel.id,
                        name: channel.name,
                    });
                }
            }
        }
        let answer = Err(slack::Error::Transient {
            method: "conversations.create",
            reason: format!("{NAMES_A_RUN} names in a row were taken"),
        });
        self.0.attempted(key, answer).await
    }

    /// Our own channel of this name, made since `oldest`, that no incident has.
    async fn find(&self, incident: &Incident, oldest: DateTime<Utc>) -> Result<Option<Channel>, Failure> {
        let bot = self.0.slack.identity().await?.user_id;
        let mut cursor = None;
        loop {
            let (channels, next) = self.0.slack.own_channels(cursor).await?;
            let ours = channels.into_iter().find(|channel| {
                channel.name == incident.channel_name && channel.creator == bot && channel.created >= oldest.timestamp()
            });
            if let Some(channel) = ours {
                let mut conn = self.0.pool.acquire().await?;
                let free = !store::incidents::is_channel_of_incident(&mut conn, &channel.id).await?;
                return Ok(free.then_some(channel));
            }
            cursor = next;
            if cursor.is_none() {
                return Ok(None);
            }
        }
    }

    /// Gives the incident the next name that no incident of ours has.
    async fn next_name(&self, id: IncidentId) -> Result<String, Failure> {
        let mut tx = self.0.pool.begin().await?;
        let Some(incident) = store::incidents::lock(&mut tx, id).await? else {
            return Err(Failure::Never("The incident is gone.".to_owned()));
        };
        let zone = store::settings::load(&mut tx).await?.time_zone;
        let base = channel_name::base(&incident.title, incident.declared_at, zone);
        let name = store::incidents::choose_channel_name(&mut tx, &base).await?;
        store::incidents::rename_channel(&mut tx, id, &name).await?;
        tx.commit().await?;
        Ok(name)
    }
}
