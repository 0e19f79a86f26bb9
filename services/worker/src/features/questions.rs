//! Messages that ask people for something: posted once, updated when they are settled.

use async_trait::async_trait;
use domain::{Asking, Incident, Posted, Question, Settings};
use incidents::asked;
use queue::{Discard, JobContext};
use slack::Message;
use store::PgConnection;
use store::effects::{self, Attempt};
use store::posted_messages::{self, Kind, PostedMessage};

use crate::Worker;
use crate::effects::{CLOCK_MARGIN, Place};
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::features::{archive, nudge, reminders, roles, statuspage};
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

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

#[async_trait]
impl Perform for jobs::DrawQuestion {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let question = {
            let mut conn = worker.pool.acquire().await?;
            store::prompts::get(&mut conn, self.question).await?
        };
        let Some(question) = question else {
            return Ok(());
        };
        let Some((incident, settings)) = worker.incident_and_settings(question.incident).await? else {
            return Ok(());
        };
        let message = message(&incident, &settings, &question);
        if question.settled.is_some() {
            return settle(worker, &incident, &question, &message).await;
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
        worker
            .ask_in_channel(context, &incident, &question, channel, &message)
            .await
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let open = store::prompts::get(conn, self.question).await?;
        // What is settled keeps its buttons; whoever presses one is told.
        let Some(open) = open.filter(|question| question.settled.is_none()) else {
            return Ok(());
        };
        let sentence = format!("A prompt could not be posted in the channel. {why}");
        worker.note_problem(conn, open.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::DrawQuestion>());

/// Shows what became of a question, wherever it stands.
async fn settle(worker: &Worker, incident: &Incident, question: &Question, message: &Message) -> Result<(), Failure> {
    let mut standing = {
        let mut conn = worker.pool.acquire().await?;
        posted_messages::all(&mut conn, Kind::Prompt, question.id).await?
    };
    if standing.is_empty() {
        standing.extend(lost(worker, incident, question).await?);
    }
    for PostedMessage { posted, key, .. } in &standing {
        let Posted { channel, ts } = posted;
        let shown = match question.asking {
            // A notice tells who took a role; nothing of what asked is worth keeping.
            Asking::Role => worker.slack.delete_message(channel, ts).await,
            _ => worker.slack.update_message(channel, ts, message, key).await,
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
async fn lost(worker: &Worker, incident: &Incident, question: &Question) -> Result<Option<PostedMessage>, Failure> {
    let key = key(question);
    let begun = {
        let mut conn = worker.pool.acquire().await?;
        effects::begun(&mut conn, &key).await?
    };
    let (true, Some(channel)) = (begun, incident.open_channel()) else {
        return Ok(None);
    };
    let attempt = worker.begin(&key).await?;
    let since = question.asked_at - CLOCK_MARGIN;
    match worker.slack.find_message(channel, None, &key, since).await {
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
                worker.settled(worker.slack.timeout(), unknown)?;
            }
            Ok(None)
        }
        Err(error) if error.is_channel_unusable() => Ok(None),
        Err(error) => Err(error.into()),
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
