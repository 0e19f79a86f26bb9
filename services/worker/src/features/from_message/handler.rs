//! Declares an incident from a message that somebody marked.

use async_trait::async_trait;
use domain::{Actor, IncidentId};
use incidents::{Declaration, DeclareError, FromMessage, JobCommandError, Request};
use queue::{Discard, JobContext, NewJob};
use slack::Written;
use slack::blocks::{button_json, declare_button};
use slack::text::{escape, from_slack, mention, mentioned_ids};
use store::PgConnection;
use uuid::Uuid;

use super::description::description;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

const OURS: &str = "You reacted to a message of incident-bot itself. To declare one, react to what somebody wrote.";
const NOT_WRITTEN: &str = "Slack wrote that line itself. To declare one, react to what somebody wrote.";

#[async_trait]
impl Perform for jobs::DeclareFromMessage {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Told("whoever reacted to the message is mentioned in its thread, or told by direct message");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let before = {
            let mut conn = worker.pool.acquire().await?;
            store::declared_from::incident(&mut conn, &self.channel, &self.ts).await?
        };
        // Deleted meanwhile: nobody wants anything any more.
        let message = worker.slack.message(&self.channel, &self.ts).await?;
        let Some(message) = message.filter(|message| !message.is_tombstone()) else {
            return Ok(());
        };
        match before {
            Some(incident) => tell_of(worker, &self, &message, incident, context).await,
            None if message.is_ours() => match about(worker, &self, &message).await? {
                Some(incident) => tell_of(worker, &self, &message, incident, context).await,
                None => refuse(worker, &self, &message, OURS, context).await,
            },
            None if !message.is_written() => refuse(worker, &self, &message, NOT_WRITTEN, context).await,
            None => declare_from(worker, &self, &message, context).await,
        }
    }

    async fn discarded(
        &self,
        _worker: &Worker,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let told = match store::declared_from::incident(conn, &self.channel, &self.ts).await? {
            // There is an incident already: only telling this person about it failed.
            Some(id) => {
                let incident = store::incidents::get(conn, id).await?;
                let said = existing(id, incident.is_some_and(|incident| incident.private));
                answer(self, own_thread(self), said, Some(self.user.clone())).job(id)
            }
            None => refused(self, why),
        };
        match queue::enqueue(conn, vec![told]).await {
            Err(queue::EnqueueError::Database(error)) => Err(error),
            _ => Ok(()),
        }
    }
}

inventory::submit!(Handler::of::<jobs::DeclareFromMessage>());

/// The incident that a message of ours is about, as far as that is known.
async fn about(
    worker: &Worker,
    job: &jobs::DeclareFromMessage,
    message: &Written,
) -> Result<Option<IncidentId>, Failure> {
    let mut conn = worker.pool.acquire().await?;
    if let Some(id) = store::posted_messages::incident_at(&mut conn, &job.channel, &job.ts).await? {
        return Ok(Some(id));
    }
    // The answer below a message that an incident was declared from.
    if let Some(thread) = &message.thread_ts
        && let Some(id) = store::declared_from::incident(&mut conn, &job.channel, thread).await?
    {
        return Ok(Some(id));
    }
    let incident = store::incidents::of_either_channel(&mut conn, &job.channel).await?;
    Ok(incident.map(|incident| incident.id))
}

async fn declare_from(
    worker: &Worker,
    job: &jobs::DeclareFromMessage,
    message: &Written,
    context: &JobContext,
) -> Result<(), Failure> {
    let link = worker.slack.permalink(&job.channel, &job.ts).await?;
    let private = is_private(worker, &job.channel).await?;
    let mut people = mentioned_ids(&message.text);
    people.push(job.user.clone());
    people.push(message.author().to_owned());
    let mut tx = worker.pool.begin().await?;
    let names = store::slack_names::of(&mut tx, &people).await?;
    let name = |id: &str| names.get(id).cloned();
    let text = from_slack(&message.text, name);
    let author = name(message.author());
    let thread = thread(job, message);
    let declaration = Declaration {
        description: description(&text, author.as_deref(), &link),
        // What was said among few stays among few.
        private,
        answer_in: (!private).then(|| thread.clone()),
        ..Declaration::default()
    };
    let request = Request {
        key: format!("from/{}/{}", job.channel, job.ts),
        actor: Actor::Slack {
            user_id: job.user.clone(),
            name: name(&job.user).unwrap_or_else(|| job.user.clone()),
        },
        now: context.now(),
        channel: Some(job.channel.clone()),
        content: None,
        audit: None,
    };
    let from = FromMessage {
        channel: &job.channel,
        ts: &job.ts,
        author: message.author(),
    };
    let declared = incidents::declare_from_message(&mut tx, &request, from, declaration).await;
    match declared {
        Ok(Some(_)) if private => {
            let told = answer(job, thread.clone(), private_answer(), None);
            context
                .enqueue(&mut tx, vec![told.job(context.subject().map(IncidentId))])
                .await?;
        }
        Ok(Some(_)) => {}
        // The next run finds its incident, and answers.
        Ok(None) => return Err(Failure::not_yet("another run is declaring from the same message")),
        Err(error) => return Err(failure(error)),
    }
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells whoever reacted, alone, why nothing was declared.
async fn refuse(
    worker: &Worker,
    job: &jobs::DeclareFromMessage,
    message: &Written,
    why: &str,
    context: &JobContext,
) -> Result<(), Failure> {
    let said = jobs::Answer::Refused(why.to_owned());
    let told = answer(job, thread(job, message), said, Some(job.user.clone()));
    let mut tx = worker.pool.begin().await?;
    context
        .enqueue(&mut tx, vec![told.job(context.subject().map(IncidentId))])
        .await?;
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn tell_of(
    worker: &Worker,
    job: &jobs::DeclareFromMessage,
    message: &Written,
    incident: IncidentId,
    context: &JobContext,
) -> Result<(), Failure> {
    let private = worker
        .incident(incident)
        .await?
        .is_some_and(|incident| incident.private);
    let said = existing(incident, private);
    // Everybody who looks at the message sees the first answer.
    let told = answer(job, thread(job, message), said, Some(job.user.clone()));
    let mut tx = worker.pool.begin().await?;
    context
        .enqueue(&mut tx, vec![told.job(context.subject().map(IncidentId))])
        .await?;
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether only some people may read what is written in a channel.
async fn is_private(worker: &Worker, channel: &str) -> Result<bool, Failure> {
    if channel.starts_with('D') {
        return Ok(true);
    }
    // The copy of channels may be older than the channel's change to a private one.
    Ok(worker.slack.channel(channel).await?.is_private)
}

/// The thread of a message.
fn thread(job: &jobs::DeclareFromMessage, message: &Written) -> jobs::Thread {
    jobs::Thread {
        channel: job.channel.clone(),
        ts: message.thread_ts.clone().or_else(|| Some(job.ts.clone())),
    }
}

/// The thread that the message itself begins.
fn own_thread(job: &jobs::DeclareFromMessage) -> jobs::Thread {
    jobs::Thread {
        channel: job.channel.clone(),
        ts: Some(job.ts.clone()),
    }
}

/// That there is an incident already.
fn existing(incident: IncidentId, private: bool) -> jobs::Answer {
    if private {
        private_answer()
    } else {
        jobs::Answer::Existing(incident)
    }
}

/// Says that no incident was declared: in the thread, because others see the emoji too and expect an incident. The person who
/// reacted is mentioned, because a reaction doesn't subscribe them to the thread.
fn refused(job: &jobs::DeclareFromMessage, why: &Discard<'_>) -> NewJob {
    let text = format!(
        "⚠️ {} No incident was declared from the message you reacted to. Press the button to declare one.\nReason: {}",
        mention(&job.user),
        escape(why.reason)
    );
    let told = jobs::AnswerMention {
        // A discarded job can be retried and discarded again.
        name: format!("from/{}/{}/{}/{}", job.channel, job.ts, job.user, Uuid::now_v7()),
        thread: own_thread(job),
        answer: jobs::Answer::Said {
            text,
            buttons: button_json(&[declare_button()]),
        },
        by: Some(job.user.clone()),
        only_to: None,
    };
    told.job(why.subject.map(IncidentId))
}

/// A private incident is not named where others may read it.
fn private_answer() -> jobs::Answer {
    jobs::Answer::Said {
        text: "There is a private incident about this now. The person who declared it can give you access.".to_owned(),
        buttons: Vec::new(),
    }
}

/// The answer in the thread, or to one person alone.
fn answer(
    job: &jobs::DeclareFromMessage,
    thread: jobs::Thread,
    said: jobs::Answer,
    only_to: Option<String>,
) -> jobs::AnswerMention {
    jobs::AnswerMention {
        name: format!("from/{}/{}/{}", job.channel, job.ts, job.user),
        thread,
        answer: said,
        by: Some(job.user.clone()),
        only_to,
    }
}

fn failure(error: DeclareError) -> Failure {
    match error {
        DeclareError::Store(error) => Failure::Store(error),
        DeclareError::Jobs(error) => Failure::Command(JobCommandError::Jobs(error)),
        DeclareError::OtherRequest | DeclareError::Closed => {
            Failure::not_yet("another run is declaring from the same message")
        }
        DeclareError::TimedOut => Failure::not_yet("the database did not answer in time"),
        error @ (DeclareError::Description(_) | DeclareError::UnknownSeverity(_)) => Failure::Never(error.to_string()),
    }
}
