//! Limits of Slack, shared by all replicas through the database.

use std::time::Duration;

use async_trait::async_trait;
use slack::RateLimits;
use store::PgPool;

/// Remembers limits in the database. A database that fails never keeps a call from being made.
#[derive(Debug)]
pub(crate) struct SharedLimits {
    pool: PgPool,
}

impl SharedLimits {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl RateLimits for SharedLimits {
    async fn wait(&self, method: &'static str, channel: &str) -> Option<Duration> {
        let mut conn = self.pool.acquire().await.ok()?;
        store::slack_rate_limits::wait(&mut conn, method, channel)
            .await
            .ok()
            .flatten()
    }

    async fn note(&self, method: &'static str, channel: &str, after: Duration) {
        let noted = async {
            let mut conn = self.pool.acquire().await?;
            store::slack_rate_limits::note(&mut conn, method, channel, after).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(method, %error, "a limit of Slack could not be noted for the other replicas");
        }
    }
}
