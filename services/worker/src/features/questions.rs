//! Messages that ask people for something: posted once, drawn anew when they are settled.

use async_trait::async_trait;
use domain::{Asking, Posted, Question};
use incidents::asked;
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, Outcome};
use slack::Message;

use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::{archive, reminders, statuspage};

/// The key of a question's message.
fn key(question: &Question) -> String {
    format!("question/{}", question.id)
}

impl Worker {
    /// Posts a question unless it has been posted, and gives where it stands.
    pub(crate) async fn ask_once(
        &self,
        question: &Question,
        place: Place<'_>,
        message: &Message,
    ) -> Result<Posted, Failure> {
        let ts = self.post_once(&key(question), place, message).await?;
        Ok(Posted {
            channel: place.channel.to_owned(),
            ts,
        })
    }

    /// Posts a question unless it has been posted, and completes the job that does with where it stands.
    pub(crate) async fn ask(
        &self,
        context: &JobContext,
        question: &Question,
        place: Place<'_>,
        message: &Message,
    ) -> Result<(), Failure> {
        let posted = self.ask_once(question, place, message).await?;
        let mut tx = self.pool.begin().await?;
        asked(&mut tx, question, &posted, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Draws a question anew.
pub(crate) struct DrawQuestion(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawQuestion> for DrawQuestion {
    async fn run(&self, job: job::DrawQuestion, _context: &JobContext) -> Outcome {
        outcome(self.draw(job).await)
    }
}

impl DrawQuestion {
    async fn draw(&self, job: job::DrawQuestion) -> Result<(), Failure> {
        let question = {
            let mut conn = self.0.pool.acquire().await?;
            store::questions::get(&mut conn, job.question).await?
        };
        // Whoever posts it looks then whether it was settled meanwhile.
        let Some((question, posted)) = question.and_then(|question| question.posted.clone().map(|at| (question, at)))
        else {
            return Ok(());
        };
        let Some((incident, settings)) = self.0.incident_and_settings(question.incident).await? else {
            return Ok(());
        };
        // Nothing is drawn in an archived channel.
        if incident.archived_at.is_some() && incident.channel_id.as_ref() == Some(&posted.channel) {
            return Ok(());
        }
        let message = match question.asking {
            Asking::Update => reminders::message(&incident, &settings, &question),
            Asking::Unarchive => archive::question(&incident, &question, None),
            Asking::Statuspage => statuspage::question(&incident, &question),
            // Who took a role is told by a notice; nothing of the nudge is worth keeping.
            Asking::Role if question.settled.is_some() => {
                return Ok(self.0.slack.delete_message(&posted.channel, &posted.ts).await?);
            }
            Asking::Role => return Ok(()),
        };
        let key = key(&question);
        let Posted { channel, ts } = &posted;
        match self.0.slack.update_message(channel, ts, &message, &key).await {
            // Somebody deleted it; that is theirs to decide.
            Err(slack::Error::NotFound { code, .. }) if code == "message_not_found" => Ok(()),
            answer => Ok(answer?),
        }
    }
}
