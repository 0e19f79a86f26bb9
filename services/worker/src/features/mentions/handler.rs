//! Answers a mention in its thread.

use async_trait::async_trait;
use domain::ListPlace;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::list::list;
use super::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::on_call;

/// Answers a mention in its thread.
pub(crate) struct AnswerMention(pub(crate) Worker);

#[async_trait]
impl Handler<job::AnswerMention> for AnswerMention {
    async fn run(&self, job: job::AnswerMention, context: &JobContext) -> Outcome {
        outcome(self.answer(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::AnswerMention,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        // Whoever asked anything else asks again; an incident is not lost to them.
        let (job::Answer::Declared(incident) | job::Answer::Existing(incident)) = &job.answer else {
            return Ok(());
        };
        let sentence = format!("The person who asked for this incident could not be answered in their thread. {why}");
        self.0.note_problem(conn, *incident, &sentence, Some(why.job)).await
    }
}

impl AnswerMention {
    async fn answer(&self, job: job::AnswerMention, context: &JobContext) -> Result<(), Failure> {
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
            job::Answer::Help => slack::commands::help(),
            job::Answer::Unknown { words } => slack::commands::unknown(words),
            job::Answer::Refused(sentence) => message::refused(sentence),
            job::Answer::Said { text, offers } => message::said(text, offers),
            job::Answer::List { open } => list(&self.0, *open, ListPlace::Newest).await?,
            job::Answer::OnCall { words } => on_call::message(&self.0, words, context.now()).await?,
            job::Answer::Existing(id) => {
                let Some((incident, settings)) = self.0.incident_and_settings(*id).await? else {
                    return Ok(());
                };
                let Some(channel) = &incident.channel_id else {
                    return Err(Failure::not_yet("the incident has no channel yet"));
                };
                message::existing(&incident, &settings, channel)
            }
        };
        let key = format!("mention/{}", job.name);
        if let Some(user) = &job.only_to {
            return self
                .0
                .whisper_once(&key, &job.thread.channel, user, None, &message.text)
                .await;
        }
        let place = Place {
            channel: &job.thread.channel,
            thread_ts: job.thread.ts.as_deref(),
        };
        match (self.0.post_once(&key, place, &message).await, &job.by) {
            // The bot may not speak there, or the thread is gone.
            (Err(failure), Some(by)) if failure.is_refusal() => self.0.tell_directly(&key, by, &message).await,
            (answer, _) => Ok(answer.map(|_| ())?),
        }
    }
}
