//! Tells people of something that could not be done.

use async_trait::async_trait;
use domain::{Incident, IncidentId, Posted};
use incidents::JobCommandError;
use jobs::payloads::slack as job;
use queue::{EnqueueError, Handler, JobContext, Outcome};
use slack::Message;
use store::PgConnection;
use store::posted_messages::{self, Kind, PostedMessage};
use uuid::Uuid;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;

/// Tells people of a problem: in the incident's channel, or by direct message where that cannot be.
pub(crate) struct TellProblem(pub(crate) Worker);

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

/// The error of a follow-up as [`Handler::discarded`] has it.
pub(crate) fn noted(noted: Result<(), JobCommandError>) -> Result<(), store::Error> {
    match noted {
        Ok(()) => Ok(()),
        Err(JobCommandError::Store(error) | JobCommandError::Jobs(EnqueueError::Database(error))) => Err(error),
        Err(JobCommandError::Jobs(error @ EnqueueError::Payload { .. })) => Err(store::Error::Encode(error.into())),
    }
}

#[async_trait]
impl Handler<job::TellProblem> for TellProblem {
    async fn run(&self, job: job::TellProblem, context: &JobContext) -> Outcome {
        outcome(self.tell(job, context).await)
    }
}

impl TellProblem {
    async fn tell(&self, job: job::TellProblem, context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        if job.tried_by.is_some() {
            let standing = {
                let mut conn = self.0.pool.acquire().await?;
                posted_messages::all(&mut conn, Kind::Problem, job.problem).await?
            };
            if !standing.is_empty() {
                return self.update(&incident, &job, &standing).await;
            }
        }
        let rca = incident.open_rca_channel().filter(|_| job.in_rca);
        let open = incident.open_channel();
        if rca.is_none() && open.is_some() {
            after_panel(&incident, context)?;
        }
        let mut refused = None;
        for channel in [rca.map(|channel| channel.id.as_str()), open].into_iter().flatten() {
            match self.post(&job, "", channel, &message(&incident, &job, false)).await {
                // The channel is gone, archived, or closed to the bot: somewhere else.
                Err(failure) if failure.is_refusal() => {
                    if Some(channel) == open {
                        self.0.doubt_channel(&incident, &failure).await?;
                    } else {
                        self.0.doubt_rca_channel(&incident, &failure).await?;
                    }
                    refused = Some(failure);
                }
                answer => return answer,
            }
        }
        let message = message(&incident, &job, true);
        let holders = incident.roles.iter().filter(|holder| holder.active);
        let mut people: Vec<_> = holders.map(|holder| holder.user_id.as_str()).collect();
        people.extend(incident.declared_by.slack_user_id());
        people.sort_unstable();
        people.dedup();
        let mut anybody = false;
        for user in people {
            match self.post_directly(&job, user, &message).await {
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

    async fn post_directly(&self, job: &job::TellProblem, user: &str, message: &Message) -> Result<(), Failure> {
        let direct = self.0.slack.open_direct_messages(user).await?;
        self.post(job, user, &direct, message).await
    }

    async fn post(
        &self,
        job: &job::TellProblem,
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
        let rendered = self.0.render(&kept, Place::channel(channel), message).await?;
        let mut conn = self.0.pool.acquire().await?;
        Ok(rendered.remember(&mut conn).await?)
    }

    /// Its button goes, wherever people were told.
    async fn update(
        &self,
        incident: &Incident,
        job: &job::TellProblem,
        standing: &[PostedMessage],
    ) -> Result<(), Failure> {
        for PostedMessage { recipient, posted, key } in standing {
            let message = message(incident, job, !recipient.is_empty());
            let Posted { channel, ts } = posted;
            match self.0.slack.update_message(channel, ts, &message, key).await {
                // Nobody can press it there.
                Err(error) if error.is_message_gone() || error.is_channel_unusable() => {}
                answer => answer?,
            }
        }
        Ok(())
    }
}
