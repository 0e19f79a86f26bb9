//! Invites somebody to the channel of an incident.

use async_trait::async_trait;
use domain::IncidentId;
use queue::{Discard, JobContext};
use store::PgConnection;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::Invite {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let Some(incident) = worker.incident(self.incident).await? else {
            return Ok(());
        };
        // Whatever makes or finds the channel has people invited again.
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        let invited = worker.slack.invite(channel, &self.user).await;
        worker.in_channel(&incident, invited.map_err(Failure::from)).await
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        worker.note_not_invited(conn, self.incident, &self.user, why).await
    }
}

inventory::submit!(Handler::of::<jobs::Invite>());

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
