//! Copies the components of the page, so that a form opens without asking anybody.

use async_trait::async_trait;
use jobs::payloads::statuspage as job;
use queue::{Handler, JobContext, Outcome};

use super::failed;
use crate::Worker;
use crate::failure::{Failure, outcome};

/// Copies one page of the components.
pub(crate) struct CopyComponents(pub(crate) Worker);

#[async_trait]
impl Handler<job::CopyComponents> for CopyComponents {
    async fn run(&self, job: job::CopyComponents, context: &JobContext) -> Outcome {
        outcome(self.copy(&job, context).await)
    }
}

impl CopyComponents {
    async fn copy(&self, job: &job::CopyComponents, context: &JobContext) -> Result<(), Failure> {
        let Some(client) = &self.0.statuspage else {
            return Ok(());
        };
        let began = match job.began {
            Some(began) => began,
            None => store::statuspage::copy_begins(&mut *self.0.pool.acquire().await?).await?,
        };
        let groups = match &job.groups {
            Some(groups) => groups.clone(),
            None => client.groups().await.map_err(failed)?,
        };
        let (components, more) = client.components(job.page, &groups).await.map_err(failed)?;
        let mut tx = self.0.pool.begin().await?;
        store::statuspage::keep_components(&mut tx, &components).await?;
        if more {
            let next = job::CopyComponents::further(job.page + 1, began, groups);
            context.enqueue(&mut tx, vec![next]).await?;
        } else {
            store::statuspage::components_copied(&mut tx, began, context.now()).await?;
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
