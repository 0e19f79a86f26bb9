//! Invites somebody to the channel of an incident.

use async_trait::async_trait;
use domain::IncidentId;
use jobs::payloads::slack as job;
use queue::{Discard, Handler, JobContext, Outcome};
use store::PgConnection;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Invites somebody.
pub(crate) struct Invite(pub(crate) Worker);

#[async_trait]
impl Handler<job::Invite> for Invite {
    async fn run(&self, job: job::Invite, _context: &JobContext) -> Outcome {
        outcome(self.invite(job).await)
    }

    async fn discarded(
        &self,
        job: &job::Invite,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        self.0.note_not_invited(conn, job.incident, &job.user, why).await
    }
}

impl Worker {
    /// Notes that somebody could not be invited.
    pub(crate) async fn note_not_invited(
        &self,
        conn: &mut PgConnection,
        incident: IncidentId,
        user: &str,
        why: &Discard<'_>,
    ) -> Result<(), store::Error> {
        let name = store::slack_users::name(conn, user).await?;
        let name = name.unwrap_or_else(|| user.to_owned());
        let sentence = format!("{name} could not be invited to the channel. {why}");
        self.note_problem(conn, incident, &sentence, Some(why.job)).await
    }
}

impl Invite {
    async fn invite(&self, job: job::Invite) -> Result<(), Failure> {
        let Some(incident) = self.0.incident(job.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel has people invited again.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let invited = self.0.slack.invite(channel, &job.user).await;
        self.0.in_channel(&incident, invited.map_err(Failure::from)).await
    }
}
