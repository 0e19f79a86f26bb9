//! Resolves pages in PagerDuty.

use async_trait::async_trait;
use jobs::payloads::pagerduty as job;
use pagerduty::Status;
use queue::{Discard, Handler, JobContext, Outcome};
use store::PgConnection;

use crate::Worker;
use crate::failure::{Failure, outcome};

/// Resolves a page in PagerDuty.
pub(crate) struct ResolvePage(pub(crate) Worker);

#[async_trait]
impl Handler<job::ResolvePage> for ResolvePage {
    async fn run(&self, job: job::ResolvePage, context: &JobContext) -> Outcome {
        outcome(self.resolve(job, context).await)
    }

    async fn discarded(
        &self,
        job: &job::ResolvePage,
        why: &Discard<'_>,
        conn: &mut PgConnection,
    ) -> Result<(), store::Error> {
        let Some(page) = store::pages::get(conn, job.page).await? else {
            return Ok(());
        };
        let sentence = format!("The page to {} could not be resolved in PagerDuty. {why}", page.whom());
        self.0.note_problem(conn, page.incident, &sentence, Some(why.job)).await
    }
}

impl ResolvePage {
    async fn resolve(&self, job: job::ResolvePage, context: &JobContext) -> Result<(), Failure> {
        let Some(page) = self.0.page(job.page).await? else {
            return Ok(());
        };
        let (Some(id), true) = (&page.pagerduty_id, page.state.is_open()) else {
            return Ok(());
        };
        let pagerduty = self.0.pagerduty()?;
        let incident = self.0.incident(page.incident).await?;
        if incident.is_some_and(|incident| incident.is_resolved()) {
            pagerduty.resolve_incident(id).await?;
        } else if pagerduty.incident(id).await?.status != Status::Resolved {
            // Opened again before PagerDuty was told: whoever is called is needed.
            return Ok(());
        }
        // It may have been told by a call whose answer was lost: then nobody is called any more, and people have to know.
        let mut tx = self.0.pool.begin().await?;
        incidents::page_resolved(&mut tx, &page, "", context.now()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
