//! Declares an incident from a message that somebody marked.

use async_trait::async_trait;
use domain::{Actor, IncidentId};
use incidents::{Declaration, DeclareError, FromMessage, JobCommandError, Request};
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, NewJob, Outcome};
use slack::Written;
use slack::text::{escape, from_slack, mention, mentioned_ids};
use store::PgConnection;
use uuid::Uuid;

use super::description::description;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Declares an incident from a message, or tells of the one that was declared from it before.
pub(crate) struct DeclareFromMessage(pub(crate) Worker);

#[async_trait]
impl Handler<job::DeclareFromMessage> for DeclareFromMessage {
    async fn run(&self, job: job::DeclareFromMessage, context: &JobContext) -> Outcome {
        outcome(self.declare(job, context).await)
    }

    async fn given_up(
        &self,
        job: &job::DeclareFromMessage,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let told = match store::declared_from::incident(conn, &job.channel, &job.ts).await? {
            // There is an incident already: only telling this person about it failed.
            Some(id) => {
                let incident = store::incidents::get(conn, id).await?;
                let said = existing(id, incident.is_some_and(|incident| incident.private));
                answer(job, own_thread(job), said, Some(job.user.clone()))
            }
            None => refused(job, why),
        };
        match jobs::enqueue(conn, vec![told]).await {
            Err(jobs::EnqueueError::Database(error)) => Err(error),
            _ => Ok(()),
        }
    }
}

impl DeclareFromMessage {
    async fn declare(&self, job: job::DeclareFromMessage, context: &JobContext) -> Result<(), Failure> {
        let before = {
            let mut conn = self.0.pool.acquire().await?;
            store::declared_from::incident(&mut conn, &job.channel, &job.ts).await?
        };
        // Deleted meanwhile: nobody wants anything any more.
        let Some(message) = self.0.slack.message(&job.channel, &job.ts).await? else {
            return Ok(());
        };
        match before {
            Some(incident) => self.tell_of(&job, &message, incident, context).await,
            None => self.declare_from(&job, &message, context).await,
        }
    }

    async fn declare_from(
        &self,
        job: &job::DeclareFromMessage,
        message: &Written,
        context: &JobContext,
    ) -> Result<(), Failure> {
        let link = self.0.slack.permalink(&job.channel, &job.ts).await?;
        let private = self.is_private(&job.channel).await?;
        let mut people = mentioned_ids(&message.text);
        people.push(job.user.clone());
        people.push(message.author().to_owned());
        let mut tx = self.0.pool.begin().await?;
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
                context.enqueue(&mut tx, vec![told]).await?;
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

    async fn tell_of(
        &self,
        job: &job::DeclareFromMessage,
        message: &Written,
        incident: IncidentId,
        context: &JobContext,
    ) -> Result<(), Failure> {
        let private = self
            .0
            .incident(incident)
            .await?
            .is_some_and(|incident| incident.private);
        let said = existing(incident, private);
        // Everybody who looks at the message sees the first answer.
        let told = answer(job, thread(job, message), said, Some(job.user.clone()));
        let mut tx = self.0.pool.begin().await?;
        context.enqueue(&mut tx, vec![told]).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether only some people may read what is written in a channel.
    async fn is_private(&self, channel: &str) -> Result<bool, Failure> {
        // Direct messages are no channels that are copied.
        if channel.starts_with('D') {
            return Ok(true);
        }
        let known = {
            let mut conn = self.0.pool.acquire().await?;
            store::slack_channels::find(&mut conn, channel).await?
        };
        match known {
            Some(known) => Ok(known.private),
            // Newer than the last copy.
            None => Ok(self.0.slack.channel(channel).await?.is_private),
        }
    }
}

/// The thread of a message.
fn thread(job: &job::DeclareFromMessage, message: &Written) -> job::Thread {
    job::Thread {
        channel: job.channel.clone(),
        ts: message.thread_ts.clone().or_else(|| Some(job.ts.clone())),
    }
}

/// The thread that the message itself begins.
fn own_thread(job: &job::DeclareFromMessage) -> job::Thread {
    job::Thread {
        channel: job.channel.clone(),
        ts: Some(job.ts.clone()),
    }
}

/// That there is an incident already.
fn existing(incident: IncidentId, private: bool) -> job::Answer {
    if private {
        private_answer()
    } else {
        job::Answer::Existing(incident)
    }
}

/// Says that no incident was declared: in the thread, because others see the emoji too and expect an incident. The person who
/// reacted is mentioned, because a reaction doesn't subscribe them to the thread.
fn refused(job: &job::DeclareFromMessage, why: &GivenUp<'_>) -> NewJob {
    let text = format!(
        "⚠️ {} No incident was declared from the message you reacted to. Press the button to declare one.\nReason: {}",
        mention(&job.user),
        escape(why.reason)
    );
    NewJob::new(&job::AnswerMention {
        // A discarded job can be retried and discarded again.
        name: format!("from/{}/{}/{}/{}", job.channel, job.ts, job.user, Uuid::now_v7()),
        thread: own_thread(job),
        answer: job::Answer::Said {
            text,
            offers: vec![job::Offer::Declare],
        },
        by: Some(job.user.clone()),
        only_to: None,
    })
}

/// A private incident is not named where others may read it.
fn private_answer() -> job::Answer {
    job::Answer::Said {
        text: "There is a private incident about this now. The person who declared it can give you access.".to_owned(),
        offers: Vec::new(),
    }
}

/// The answer in the thread, or to one person alone.
fn answer(job: &job::DeclareFromMessage, thread: job::Thread, said: job::Answer, only_to: Option<String>) -> NewJob {
    NewJob::new(&job::AnswerMention {
        name: format!("from/{}/{}/{}", job.channel, job.ts, job.user),
        thread,
        answer: said,
        by: Some(job.user.clone()),
        only_to,
    })
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
