//! Messages that ask people for something: posted once, updated when they are settled.

use async_trait::async_trait;
use domain::{Asking, Incident, Posted, Question, Settings};
use incidents::asked;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use slack::Message;
use store::PgConnection;
use store::effects::{self, Attempt};
use store::posted_messages::{self, Kind, PostedMessage};

use crate::Worker;
use crate::effects::{CLOCK_MARGIN, Place};
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;
use crate::features::{archive, nudge, reminders, roles, statuspage};
use crate::messages::KeptMessage;

/// The key of a question's message in a channel.
fn key(question: &Question) -> String {
    format!("question/{}", question.id)
}

/// The message of a question; `recipient` reads it in their direct messages, or everybody in a channel where it is empty.
fn kept<'a>(question: &Question, recipient: &'a str) -> KeptMessage<'a> {
    let key = match recipient {
        "" => key(question),
        user => format!("{}/{user}", key(question)),
    };
    KeptMessage {
        kind: Kind::Prompt,
        subject: question.id,
        recipient,
        incident: question.incident,
        key,
        stays: false,
    }
}

impl Worker {
    /// Posts a question unless it has been posted, and gives where it stands.
    pub(crate) async fn ask_once(
        &self,
        question: &Question,
        place: Place<'_>,
        message: &Message,
    ) -> Result<Posted, Failure> {
        self.ask_person(question, "", place, message).await
    }

    /// The same in the direct messages of `recipient`.
    pub(crate) async fn ask_person(
        &self,
        question: &Question,
        recipient: &str,
        place: Place<'_>,
        message: &Message,
    ) -> Result<Posted, Failure> {
        let kept = kept(question, recipient);
        let rendered = self.render(&kept, place, message).await?;
        let mut conn = self.pool.acquire().await?;
        rendered.remember(&mut conn).await?;
        Ok(rendered.posted().clone())
    }

    /// Posts a question in the incident's channel unless it has been posted, and completes the job that does.
    pub(crate) async fn ask_in_channel(
        &self,
        context: &JobContext,
        incident: &Incident,
        question: &Question,
        channel: &str,
        message: &Message,
    ) -> Result<(), Failure> {
        after_panel(incident, context)?;
        let posted = self.ask_once(question, Place::channel(channel), message).await;
        let posted = self.in_channel(incident, posted).await?;
        self.asked(context, question, &posted).await
    }

    /// Completes the job that posted a question with where it stands.
    pub(crate) async fn asked(
        &self,
        context: &JobContext,
        question: &Question,
        posted: &Posted,
    ) -> Result<(), Failure> {
        let mut tx = self.pool.begin().await?;
        asked(&mut tx, question, posted, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Updates a question: its buttons go when it is settled, and it comes along into a new channel while it is not.
pub(crate) struct DrawQuestion(pub(crate) Worker);

#[async_trait]
impl Handler<job::DrawQuestion> for DrawQuestion {
    async fn run(&self, job: job::DrawQuestion, context: &JobContext) -> Outcome {
        outcome(self.draw(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::DrawQuestion,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let open = store::questions::get(conn, job.question).await?;
        // What is settled keeps its buttons; whoever presses one is told.
        let Some(open) = open.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let sentence = format!("A prompt could not be posted in the channel. {why}");
        self.0.note_problem(conn, open.incident, &sentence, Some(why.job)).await
    }
}

impl DrawQuestion {
    async fn draw(&self, job: job::DrawQuestion, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = self.0.pool.acquire().await?;
            store::questions::get(&mut conn, job.question).await?
        };
        let Some(question) = question else {
            return Ok(());
        };
        let Some((incident, settings)) = self.0.incident_and_settings(question.incident).await? else {
            return Ok(());
        };
        let message = message(&incident, &settings, &question);
        if question.settled.is_some() {
            return self.settle(&incident, &question, &message).await;
        }
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let comes_along = match question.asking {
            // Where people are asked, it cannot be seen.
            Asking::Unarchive => false,
            // Their own jobs post them first.
            Asking::Update | Asking::Role => question.posted.is_some(),
            Asking::Statuspage | Asking::Reassign => true,
        };
        if !comes_along {
            return Ok(());
        }
        self.0
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }

    /// Shows what became of a question, wherever it stands.
    async fn settle(&self, incident: &Incident, question: &Question, message: &Message) -> Result<(), Failure> {
        let mut standing = {
            let mut conn = self.0.pool.acquire().await?;
            posted_messages::all(&mut conn, Kind::Prompt, question.id).await?
        };
        if standing.is_empty() {
            standing.extend(self.lost(incident, question).await?);
        }
        for PostedMessage { posted, key, .. } in &standing {
            let Posted { channel, ts } = posted;
            let shown = match question.asking {
                // A notice tells who took a role; nothing of what asked is worth keeping.
                Asking::Role => self.0.slack.delete_message(channel, ts).await,
                _ => self.0.slack.update_message(channel, ts, message, key).await,
            };
            match shown {
                // Deleted, or in a channel that is archived or gone: nobody can press anything there.
                Err(error) if error.is_message_gone() || error.is_channel_unusable() => {}
                answer => answer?,
            }
        }
        Ok(())
    }

    /// The message of a question that was settled while nobody knew yet whether it had been posted.
    async fn lost(&self, incident: &Incident, question: &Question) -> Result<Option<PostedMessage>, Failure> {
        let key = key(question);
        let begun = {
            let mut conn = self.0.pool.acquire().await?;
            effects::begun(&mut conn, &key).await?
        };
        let (true, Some(channel)) = (begun, incident.open_channel()) else {
            return Ok(None);
        };
        let attempt = self.0.begin(&key).await?;
        let since = question.asked_at - CLOCK_MARGIN;
        match self.0.slack.find_message(channel, None, &key, since).await {
            Ok(Some(ts)) => Ok(Some(PostedMessage {
                recipient: String::new(),
                posted: Posted {
                    channel: channel.to_owned(),
                    ts,
                },
                key,
            })),
            Ok(None) => {
                if let Attempt::Unknown(unknown) = &attempt {
                    self.0.settled(self.0.slack.timeout(), unknown)?;
                }
                Ok(None)
            }
            Err(error) if error.is_channel_unusable() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A question as it is now.
fn message(incident: &Incident, settings: &Settings, question: &Question) -> Message {
    match question.asking {
        Asking::Update => reminders::message(incident, settings, question),
        Asking::Role => nudge::message(incident, settings),
        Asking::Unarchive => archive::question(incident, question, None),
        Asking::Statuspage => statuspage::question(incident, question),
        Asking::Reassign => roles::reassign(incident, settings, question),
    }
}
