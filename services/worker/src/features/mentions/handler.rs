//! Answers a mention in its thread.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, Outcome};

use super::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Answers a mention in its thread.
pub(crate) struct AnswerMention(pub(crate) Worker);

#[async_trait]
impl Handler<job::AnswerMention> for AnswerMention {
    async fn run(&self, job: job::AnswerMention, _context: &JobContext) -> Outcome {
        outcome(self.answer(job).await)
    }
}

impl AnswerMention {
    async fn answer(&self, job: job::AnswerMention) -> Result<(), Failure> {
        let message = match &job.answer {
            job::Answer::Declared(id) => {
                let Some((incident, settings)) = self.0.incident_and_settings(*id).await? else {
                    return Ok(());
                };
                let Some(channel) = &incident.channel_id else {
                    return Ok(());
                };
                message::declared(&incident, &settings, channel)
            }
            job::Answer::Offer => message::offer(),
            job::Answer::Help => message::help(),
            job::Answer::Refused(sentence) => message::refused(sentence),
        };
        let key = format!("mention/{}", job.name);
        let place = Place {
            channel: &job.thread.channel,
            thread_ts: Some(&job.thread.ts),
        };
        self.0.post_once(&key, place, &message).await?;
        Ok(())
    }
}
