//! What keeps the tables small.

use async_trait::async_trait;
use jobs::payloads::slack as job;
use jobs::{Handler, JobContext, Outcome};

use crate::Worker;

/// Forgets requests that nobody repeats any more.
pub(crate) struct ForgetRequests(pub(crate) Worker);

#[async_trait]
impl Handler<job::ForgetRequests> for ForgetRequests {
    async fn run(&self, _job: job::ForgetRequests, _context: &JobContext) -> Outcome {
        let forgotten = async {
            let mut conn = self.0.pool.acquire().await?;
            store::fulfilled_requests::forget_old(&mut conn).await
        };
        match forgotten.await {
            Ok(count) => {
                tracing::debug!(count, "forgot old requests");
                Outcome::Done
            }
            Err(error) => Outcome::retry(error),
        }
    }
}
