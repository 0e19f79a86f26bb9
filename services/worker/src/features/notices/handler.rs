//! Tells the channel what happened.

use async_trait::async_trait;
use chrono::TimeDelta;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;
use store::notices::{self, Next};

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;

/// What is older is not told line by line any more: the channel learns that the timeline has it.
const WORTH_SAYING: TimeDelta = TimeDelta::hours(24);

/// Tells the channel of an incident what happened since it was last told something.
pub(crate) struct SayNotices(pub(crate) Worker);

#[async_trait]
impl Handler<job::SayNotices> for SayNotices {
    async fn run(&self, job: job::SayNotices, context: &JobContext) -> Outcome {
        outcome(self.say(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::SayNotices,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let sentence = format!("An event could not be posted in the channel; the timeline has it. {why}");
        self.0.note_problem(conn, job.incident, &sentence, Some(why.job)).await
    }
}

impl SayNotices {
    async fn say(&self, job: job::SayNotices, context: &JobContext) -> Result<(), Failure> {
        let Some((incident, settings)) = self.0.incident_and_settings(job.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel enqueues this again.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        after_panel(&incident, context)?;
        self.0.after_resolution(&incident, context).await?;
        let pause =
            TimeDelta::from_std(self.0.config.notice_pause).map_or(WORTH_SAYING, |pause| pause.min(WORTH_SAYING));
        loop {
            let now = context.now();
            let next = {
                let mut tx = self.0.pool.begin().await?;
                let next = notices::next(&mut tx, incident.id, now, pause).await?;
                tx.commit().await?;
                next
            };
            let notice = match next {
                Next::Message(notice) => notice,
                Next::Nothing => return Ok(()),
                Next::NotBefore(moment) => {
                    return Err(Failure::Wait {
                        delay: (moment - now).to_std().unwrap_or_default(),
                        reason: "events that follow are posted together",
                    });
                }
            };
            let entries = {
                let mut conn = self.0.pool.acquire().await?;
                notices::of_message(&mut conn, notice).await?
            };
            // What they name was there when they were written.
            let Some(incident) = self.0.incident(job.incident).await? else {
                return Ok(());
            };
            if !entries.is_empty() {
                let message = message(&incident, &entries, &settings, context.now() - WORTH_SAYING);
                let said = self
                    .0
                    .post_once(&format!("notice/{notice}"), Place::channel(channel), &message)
                    .await;
                self.0.in_channel(&incident, said).await?;
            }
            let mut conn = self.0.pool.acquire().await?;
            notices::said(&mut conn, notice, context.now()).await?;
        }
    }
}
