//! Reminds people of the next update.

use async_trait::async_trait;
use incidents::{due_reminder, remind_again, reminded};
use queue::{Discard, JobContext};
use store::PgConnection;

use super::message::message;
use crate::Worker;
use crate::effects::Place;
use crate::failure::Failure;
use crate::features::panel::after_panel;
use crate::features::problems::noted;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::Remind {
    const ON_DISCARD: OnDiscard = OnDiscard::Told("the next reminder comes at its time");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        let due = due_reminder(&mut tx, self.incident, context.now()).await?;
        if due.is_none() {
            context.complete(&mut tx).await?;
        }
        tx.commit().await?;
        let Some(question) = due else {
            return Ok(());
        };
        let Some((incident, settings)) = worker.incident_and_settings(self.incident).await? else {
            return Ok(());
        };
        let Some(channel) = incident.open_channel() else {
            return Ok(());
        };
        after_panel(&incident, context)?;
        let message = message(&incident, &settings, &question);
        let posted = worker.ask_once(&question, Place::channel(channel), &message).await;
        let posted = worker.in_channel(&incident, posted).await?;
        let mut tx = worker.pool.begin().await?;
        reminded(&mut tx, &question, &posted, context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn discarded(
        &self,
        worker: &Worker,
        _why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let now = worker.config.jobs.clock.now();
        noted(remind_again(conn, self.incident, now).await)
    }
}

inventory::submit!(Handler::of::<jobs::Remind>());
