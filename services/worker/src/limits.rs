//! Limits of Slack and of other vendors, shared by all replicas through the database.

use std::time::Duration;

use async_trait::async_trait;
use http_client::Gate;
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

/// A vendor that is asked for longer than this is not waited for by a job that runs.
const LONGEST_PLACE: Duration = Duration::from_secs(3);

/// Holds the calls of a vendor back while one of the replicas knows that it would refuse them.
#[derive(Debug)]
pub(crate) struct VendorGate {
    pool: PgPool,
    vendor: &'static str,
    every: Option<Duration>,
}

impl VendorGate {
    /// The gate of a vendor that may be asked as often as it lets us.
    pub(crate) fn new(pool: PgPool, vendor: &'static str) -> Self {
        Self {
            pool,
            vendor,
            every: None,
        }
    }

    /// The gate of one that all replicas together may ask once in `every`.
    pub(crate) fn paced(pool: PgPool, vendor: &'static str, every: Duration) -> Self {
        Self {
            every: Some(every),
            ..Self::new(pool, vendor)
        }
    }
}

#[async_trait]
impl Gate for VendorGate {
    async fn wait(&self) -> Option<Duration> {
        let mut conn = self.pool.acquire().await.ok()?;
        let Some(every) = self.every else {
            return store::vendor_limits::wait(&mut conn, self.vendor).await.ok().flatten();
        };
        let place = store::vendor_limits::take_place(&mut conn, self.vendor, every, LONGEST_PLACE).await;
        drop(conn);
        match place {
            Ok(Ok(wait)) => {
                tokio::time::sleep(wait).await;
                None
            }
            Ok(Err(wait)) => Some(wait),
            Err(_) => None,
        }
    }

    async fn limited(&self, wait: Duration) {
        let noted = async {
            let mut conn = self.pool.acquire().await?;
            store::vendor_limits::note(&mut conn, self.vendor, wait).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(vendor = self.vendor, %error, "a limit could not be noted for the other replicas");
        }
    }
}
