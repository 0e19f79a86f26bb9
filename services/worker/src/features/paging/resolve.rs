//! Resolves pages in PagerDuty.

use async_trait::async_trait;
use pagerduty::Status;
use queue::{Discard, JobContext};
use store::PgConnection;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform};

#[async_trait]
impl Perform for jobs::ResolvePage {
    const ON_DISCARD: OnDiscard = OnDiscard::OwnProblem;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(page) = worker.page(self.page).await? else {
            return Ok(());
        };
        let (Some(id), true) = (&page.pagerduty_id, page.state.is_open()) else {
            return Ok(());
        };
        let pagerduty = worker.pagerduty()?;
        let incident = worker.incident(page.incident).await?;
        if incident.is_some_and(|incident| incident.is_resolved()) {
            pagerduty.resolve_incident(id).await?;
        } else if pagerduty.incident(id).await?.status != Status::Resolved {
            // Opened again before PagerDuty was told: whoever is called is needed.
            return Ok(());
        }
        // It may have been told by a call whose answer was lost: then nobody is called any more, and people have to know.
        let mut tx = worker.pool.begin().await?;
        incidents::page_resolved(&mut tx, &page, "", context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn discarded(&self, worker: &Worker, why: &Discard<'_>, conn: &mut PgConnection) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, self.page).await? else {
            return Ok(());
        };
        let sentence = format!("The page to {} could not be resolved in PagerDuty. {why}", page.whom());
        worker.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

inventory::submit!(Handler::of::<jobs::ResolvePage>());
