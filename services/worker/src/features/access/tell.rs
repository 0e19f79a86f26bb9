//! Tells somebody what became of their request.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{GivenUp, Handler, JobContext, Outcome};
use store::PgConnection;

use super::message::answer;
use crate::Worker;
use crate::effects::Place;
use crate::failure::{Failure, outcome};

/// Tells somebody by direct message what became of their request to see a private incident.
pub(crate) struct TellAccess(pub(crate) Worker);

#[async_trait]
impl Handler<job::TellAccess> for TellAccess {
    async fn run(&self, job: job::TellAccess, _context: &JobContext) -> Outcome {
        outcome(self.tell(job).await)
    }

    async fn given_up(
        &self,
        job: &job::TellAccess,
        why: &GivenUp<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(asked) = store::access_requests::get(conn, job.request).await? else {
            return Ok(());
        };
        let name = store::slack_users::name(conn, &asked.slack_user_id).await?;
        let name = name.as_deref().unwrap_or("The person who requested access");
        let sentence = format!("{name} could not be told about the decision by direct message. {why}");
        self.0
            .note_problem(conn, asked.incident, &sentence, Some(why.job))
            .await
    }
}

impl TellAccess {
    async fn tell(&self, job: job::TellAccess) -> Result<(), Failure> {
        let asked = {
            let mut conn = self.0.pool.acquire().await?;
            store::access_requests::get(&mut conn, job.request).await?
        };
        let Some((asked, decision)) = asked.and_then(|asked| Some((asked.clone(), asked.decision?))) else {
            return Ok(());
        };
        let Some(incident) = self.0.incident(asked.incident).await? else {
            return Ok(());
        };
        let direct = self.0.slack.open_direct_messages(&asked.slack_user_id).await?;
        let key = format!("access/{}/told", job.request);
        self.0
            .post_once(&key, Place::channel(&direct), &answer(&incident, &decision))
            .await?;
        Ok(())
    }
}
