//! Copies the components of the page, so that a form opens without asking anybody.

use std::time::Duration;

use async_trait::async_trait;
use queue::JobContext;

use super::failed;
use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform, Periodic};

/// How often the components are copied at most, beside when somebody opens a form.
const EVERY: Duration = Duration::from_mins(5);

#[async_trait]
impl Perform for jobs::CopyComponents {
    const ON_DISCARD: OnDiscard = OnDiscard::COPY;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(client) = worker.vendors.statuspage.client() else {
            return Ok(());
        };
        let began = match self.began {
            Some(began) => began,
            None => store::statuspage::copy_begins(&mut *worker.pool.acquire().await?).await?,
        };
        let groups = match &self.groups {
            Some(groups) => groups.clone(),
            None => client.groups().await.map_err(failed)?,
        };
        let (components, more) = client.components(self.page, &groups).await.map_err(failed)?;
        let mut tx = worker.pool.begin().await?;
        store::statuspage::keep_components(&mut tx, &components).await?;
        if more {
            let next = jobs::CopyComponents::further(self.page + 1, began, groups);
            context.enqueue(&mut tx, vec![next]).await?;
        } else {
            store::statuspage::components_copied(&mut tx, began, context.now()).await?;
        }
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::CopyComponents>());
inventory::submit!(Periodic {
    name: "copy statuspage components",
    every: |config| config.vendors.statuspage.as_ref().map(|config| EVERY.max(config.every)),
    job: |_, _| jobs::CopyComponents::all(),
});
