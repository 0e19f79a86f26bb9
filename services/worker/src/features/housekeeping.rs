//! What keeps the tables small.

use std::time::Duration;

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, Outcome};

use crate::Worker;

/// How long one run deletes; what is left is for the next one.
const RUN_TIME: Duration = Duration::from_secs(30);

/// Deletes rows that have been kept long enough.
pub(crate) struct DeleteExpired(pub(crate) Worker);

#[async_trait]
impl Handler<job::DeleteExpired> for DeleteExpired {
    async fn run(&self, _job: job::DeleteExpired, context: &JobContext) -> Outcome {
        let mut conn = match self.0.pool.acquire().await {
            Ok(conn) => conn,
            Err(error) => return Outcome::retry(error),
        };
        match store::retention::prune(&mut conn, context.now(), RUN_TIME).await {
            Ok(rows) => {
                tracing::debug!(rows, "deleted expired rows");
                Outcome::Done
            }
            Err(error) => Outcome::retry(error),
        }
    }
}
