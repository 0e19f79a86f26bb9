//! Answers a mention in its thread.

use async_trait::async_trait;
use domain::ListPlace;
use queue::{Discard, JobContext};
use store::PgConnection;

use super::list::list;
use super::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::on_call;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::AnswerMention {
    const ON_DISCARD: OnDiscard = OnDiscard::Told(
        "by direct message where the thread refuses it; a problem of the incident that it names; else the failed jobs",
    );

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let message = match &self.answer {
            jobs::Answer::Declared(id) => {
                let Some((incident, settings)) = worker.incident_and_settings(*id).await? else {
                    return Ok(());
                };
                let Some(channel) = &incident.channel_id else {
                    return Ok(());
                };
                message::declared(&incident, &settings, channel)
            }
            jobs::Answer::Help => slack::commands::help(),
            jobs::Answer::Unknown { words } => slack::commands::unknown(words),
            jobs::Answer::Refused(sentence) => message::refused(sentence),
            jobs::Answer::Said { text, buttons } => message::said(text, buttons),
            jobs::Answer::List { open } => list(worker, *open, ListPlace::Newest).await?,
            jobs::Answer::OnCall { words } => on_call::message(worker, words, context.now()).await?,
            jobs::Answer::Existing(id) => {
                let Some((incident, settings)) = worker.incident_and_settings(*id).await? else {
                    return Ok(());
                };
                let Some(channel) = &incident.channel_id else {
                    return Err(Failure::not_yet("the incident has no channel yet"));
                };
                message::existing(&incident, &settings, channel)
            }
        };
        let key = format!("mention/{}", self.name);
        if let Some(user) = &self.only_to {
            return worker
                .send_ephemeral_once(&key, &self.thread.channel, user, None, &message.text)
                .await;
        }
        let place = Place {
            channel: &self.thread.channel,
            thread_ts: self.thread.ts.as_deref(),
        };
        match (worker.post_once(&key, place, &message).await, &self.by) {
            // The bot may not speak there, or the thread is gone.
            (Err(failure), Some(by)) if failure.is_refusal() => worker.tell_directly(&key, by, &message).await,
            (answer, _) => Ok(answer.map(|_| ())?),
        }
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        // Whoever asked anything else asks again; an incident is not lost to them.
        let (jobs::Answer::Declared(incident) | jobs::Answer::Existing(incident)) = &self.answer else {
            return Ok(());
        };
        let sentence = format!("The person who asked for this incident could not be answered in their thread. {why}");
        worker.note_problem(conn, *incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::AnswerMention>());
