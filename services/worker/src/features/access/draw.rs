//! Asks the people of a private incident, in its channel, and shows there what they decided.

use async_trait::async_trait;
use queue::{Discard, JobContext};
use store::PgConnection;
use store::posted_messages::Kind;

use super::message::question;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::messages::KeptMessage;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::DrawAccessRequest {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let asked = {
            let mut conn = worker.pool.acquire().await?;
            store::access_requests::get(&mut conn, self.request).await?
        };
        let Some(asked) = asked else {
            return Ok(());
        };
        let Some(incident) = worker.incident(asked.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        after_panel(&incident, context)?;
        let message = question(&incident, &asked);
        let kept = KeptMessage {
            kind: Kind::AccessRequest,
            subject: self.request,
            recipient: "",
            incident: incident.id,
            key: format!("access/{}", self.request),
            stays: false,
        };
        let rendered = worker.render(&kept, Place::channel(channel), &message).await;
        let rendered = worker.in_channel(&incident, rendered).await?;
        let mut tx = worker.pool.begin().await?;
        rendered.remember(&mut tx).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(asked) = store::access_requests::get(conn, self.request).await? else {
            return Ok(());
        };
        let sentence = format!(
            "{} requested access to this incident, but the request could not be posted here. {why}",
            asked.name
        );
        worker
            .note_problem(conn, asked.incident, &sentence, Some(why.job))
            .await
    }
}

inventory::submit!(Handler::of::<jobs::DrawAccessRequest>());
