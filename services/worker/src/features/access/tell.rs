//! Tells somebody what became of their request.

use async_trait::async_trait;
use queue::{Discard, JobContext};
use store::PgConnection;

use super::message::answer;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::TellAccess {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, _context: &JobContext) -> Result<(), Failure> {
        let asked = {
            let mut conn = worker.pool.acquire().await?;
            store::access_requests::get(&mut conn, self.request).await?
        };
        let Some((asked, decision)) = asked.and_then(|asked| Some((asked.clone(), asked.decision?))) else {
            return Ok(());
        };
        let Some(incident) = worker.incident(asked.incident).await? else {
            return Ok(());
        };
        let direct = worker.slack.open_direct_messages(&asked.slack_user_id).await?;
        let key = format!("access/{}/told", self.request);
        worker
            .post_once(&key, Place::channel(&direct), &answer(&incident, &decision))
            .await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(asked) = store::access_requests::get(conn, self.request).await? else {
            return Ok(());
        };
        let name = store::slack_users::name(conn, &asked.slack_user_id).await?;
        let name = name.as_deref().unwrap_or("The person who requested access");
        let sentence = format!("{name} could not be told about the decision by direct message. {why}");
        worker
            .note_problem(conn, asked.incident, &sentence, Some(why.job))
            .await
    }
}

inventory::submit!(Handler::of::<jobs::TellAccess>());
