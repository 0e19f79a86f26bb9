//! What keeps the tables small.

use std::time::Duration;

use async_trait::async_trait;
use queue::JobContext;

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{HOUR, Handler, OnDiscard, Perform, Periodic};

/// How long one run deletes; what is left is for the next one.
const RUN_TIME: Duration = Duration::from_secs(30);

#[async_trait]
impl Perform for jobs::DeleteExpired {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut conn = worker.pool.acquire().await?;
        let pruned = store::retention::prune(&mut conn, context.now(), RUN_TIME).await;
        let rows = pruned.map_err(|error| Failure::Again(error.to_string()))?;
        tracing::debug!(rows, "deleted expired rows");
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::DeleteExpired>());
inventory::submit!(Periodic {
    name: "delete expired",
    every: |_| Some(HOUR),
    job: |_, _| jobs::DeleteExpired {}.job(),
});
