//! Tells people of something that could not be done.

use async_trait::async_trait;
use domain::{Incident, IncidentId, Posted};
use incidents::JobCommandError;
use queue::{EnqueueError, JobContext};
use slack::Message;
use store::PgConnection;
use store::posted_messages::{self, Kind, PostedMessage};
use uuid::Uuid;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

impl Worker {
    /// Notes a problem of an incident and has people told, in the caller's transaction; `job` can be tried again.
    pub(crate) async fn note_problem(
        &self,
        conn: &mut PgConnection,
        incident: IncidentId,
        sentence: &str,
        job: Option<Uuid>,
    ) -> Result<(), store::Error> {
        let now = self.config.jobs.clock.now();
        noted(incidents::note_problem(conn, incident, sentence, job, now).await)
    }

    /// The same for what is about the RCA document: it is said in the RCA channel, where there is one.
    pub(crate) async fn note_rca_problem(
        &self,
        conn: &mut PgConnection,
        incident: IncidentId,
        sentence: &str,
        job: Option<Uuid>,
    ) -> Result<(), store::Error> {
        let now = self.config.jobs.clock.now();
        noted(incidents::note_rca_problem(conn, incident, sentence, job, now).await)
    }
}

/// The error of a follow-up as [`Perform::discarded`] has it.
pub(crate) fn noted(noted: Result<(), JobCommandError>) -> Result<(), store::Error> {
    match noted {
        Ok(()) => Ok(()),
        Err(JobCommandError::Store(error) | JobCommandError::Jobs(EnqueueError::Database(error))) => Err(error),
        Err(JobCommandError::Jobs(error @ EnqueueError::Payload { .. })) => Err(store::Error::Encode(error.into())),
    }
}

#[async_trait]
impl Perform for jobs::TellProblem {
    const ON_DISCARD: OnDiscard =
        OnDiscard::Told("the timeline in the console has the problem, and the failed jobs have the job");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        if self.tried_by.is_some() {
            let standing = {
                let mut conn = worker.pool.acquire().await?;
                posted_messages::all(&mut conn, Kind::Problem, self.problem).await?
            };
            if !standing.is_empty() {
                return update(worker, &incident, &self, &standing).await;
            }
        }
        let rca = incident.open_rca_channel().filter(|_| self.in_rca);
        let open = incident.open_channel();
        if rca.is_none() && open.is_some() {
            after_panel(&incident, context)?;
        }
        let mut refused = None;
        for channel in [rca.map(|channel| channel.id.as_str()), open].into_iter().flatten() {
            match post(worker, &self, "", channel, &message(&incident, &self, false)).await {
                // The channel is gone, archived, or closed to the bot: somewhere else.
                Err(failure) if failure.is_refusal() => {
                    if Some(channel) == open {
                        worker.doubt_channel(&incident, &failure).await?;
                    } else {
                        worker.doubt_rca_channel(&incident, &failure).await?;
                    }
                    refused = Some(failure);
                }
                answer => return answer,
            }
        }
        let message = message(&incident, &self, true);
        let holders = incident.roles.iter().filter(|holder| holder.active);
        let mut people: Vec<_> = holders.map(|holder| holder.user_id.as_str()).collect();
        people.extend(incident.declared_by.slack_user_id());
        people.sort_unstable();
        people.dedup();
        let mut anybody = false;
        for user in people {
            match post_directly(worker, &self, user, &message).await {
                Err(failure) if failure.is_refusal() => refused = Some(failure),
                answer => anybody = answer.map(|()| true)?,
            }
        }
        match refused {
            Some(failure) if !anybody => Err(failure),
            // Where nobody is known to Slack, the timeline in the console tells them.
            _ => Ok(()),
        }
    }
}

inventory::submit!(Handler::of::<jobs::TellProblem>());

async fn post_directly(worker: &Worker, job: &jobs::TellProblem, user: &str, message: &Message) -> Result<(), Failure> {
    let direct = worker.slack.open_direct_messages(user).await?;
    post(worker, job, user, &direct, message).await
}

async fn post(
    worker: &Worker,
    job: &jobs::TellProblem,
    recipient: &str,
    channel: &str,
    message: &Message,
) -> Result<(), Failure> {
    let key = match recipient {
        "" => format!("problem/{}", job.problem),
        user => format!("problem/{}/{user}", job.problem),
    };
    let kept = KeptMessage {
        kind: Kind::Problem,
        subject: job.problem,
        recipient,
        incident: job.incident,
        key,
        stays: true,
    };
    let rendered = worker.render(&kept, Place::channel(channel), message).await?;
    let mut conn = worker.pool.acquire().await?;
    Ok(rendered.remember(&mut conn).await?)
}

/// Its button goes, wherever people were told.
async fn update(
    worker: &Worker,
    incident: &Incident,
    job: &jobs::TellProblem,
    standing: &[PostedMessage],
) -> Result<(), Failure> {
    for PostedMessage { recipient, posted, key } in standing {
        let message = message(incident, job, !recipient.is_empty());
        let Posted { channel, ts } = posted;
        match worker.slack.update_message(channel, ts, &message, key).await {
            // Nobody can press it there.
            Err(error) if error.is_message_gone() || error.is_channel_unusable() => {}
            answer => answer?,
        }
    }
    Ok(())
}
