//! Tells people of something that could not be done.

use async_trait::async_trait;
use domain::IncidentId;
use incidents::JobCommandError;
use jobs::payloads::slack as job;
use jobs::{EnqueueError, Handler, JobContext, Outcome};
use store::PgConnection;
use uuid::Uuid;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Tells people of a problem: in the incident's channel, or its declarer where there is none.
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

fn noted(noted: Result<(), JobCommandError>) -> Result<(), store::Error> {
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
        let open = rca.map(|channel| &channel.id).or(open);
        let channel = match (open, incident.declared_by.slack_user_id()) {
            (Some(channel), _) => channel.clone(),
            (None, Some(user)) => self.0.slack.open_direct_messages(user).await?,
            // Declared in the console by somebody unknown to Slack: the timeline there tells them.
            (None, None) => return Ok(()),
        };
        let message = message(&incident, &job);
        let key = format!("problem/{}", job.problem);
        if job.tried_by.is_some() {
            // Its button goes.
            self.0.post_once_as_it_is_now(&key, &channel, &message).await?;
        } else {
            self.0.post_once(&key, Place::channel(&channel), &message).await?;
        }
        Ok(())
    }
}
