//! Tells people of something that could not be done.

use async_trait::async_trait;
use domain::IncidentId;
use incidents::JobCommandError;
use jobs::payloads::slack as job;
use jobs::{EnqueueError, Handler, JobContext, Outcome};
use slack::Message;
use store::PgConnection;
use uuid::Uuid;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

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

/// The error of a follow-up as [`Handler::given_up`] has it.
pub(crate) fn noted(noted: Result<(), JobCommandError>) -> Result<(), store::Error> {
    match noted {
        Ok(()) => Ok(()),
        Err(JobCommandError::Store(error) | JobCommandError::Jobs(EnqueueError::Database(error))) => Err(error),
        Err(JobCommandError::Jobs(error @ EnqueueError::Payload { .. })) => Err(store::Error::Encode(error.into())),
    }
}

#[async_trait]
impl Handler<job::TellProblem> for TellProblem {
    async fn run(&self, job: job::TellProblem, _context: &JobContext) -> Outcome {
        outcome(self.tell(job).await)
    }
}

impl TellProblem {
    async fn tell(&self, job: job::TellProblem) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        let open = incident.channel_id.as_ref().filter(|_| incident.archived_at.is_none());
        let rca = incident.rca_channel.as_ref().filter(|_| job.in_rca);
        let key = format!("problem/{}", job.problem);
        let mut refused = None;
        for channel in [rca.map(|channel| &channel.id), open].into_iter().flatten() {
            let message = message(&incident, &job, false);
            match self.post(&key, channel, &message, &job).await {
                // The channel is gone, archived, or closed to the bot: somewhere else.
                Err(failure) if failure.is_refusal() => refused = Some(failure),
                answer => return answer,
            }
        }
        let message = message(&incident, &job, true);
        let mut people: Vec<_> = incident.roles.iter().map(|holder| holder.user_id.as_str()).collect();
        people.extend(incident.declared_by.slack_user_id());
        people.sort_unstable();
        people.dedup();
        let mut anybody = false;
        for user in people {
            match self.post_directly(&key, user, &message, &job).await {
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

    async fn post_directly(
        &self,
        key: &str,
        user: &str,
        message: &Message,
        job: &job::TellProblem,
    ) -> Result<(), Failure> {
        let direct = self.0.slack.open_direct_messages(user).await?;
        self.post(&format!("{key}/{user}"), &direct, message, job).await
    }

    async fn post(&self, key: &str, channel: &str, message: &Message, job: &job::TellProblem) -> Result<(), Failure> {
        if job.tried_by.is_some() {
            // Its button goes.
            self.0.post_once_as_it_is_now(key, channel, message).await?;
        } else {
            self.0.post_once(key, Place::channel(channel), message).await?;
        }
        Ok(())
    }
}
