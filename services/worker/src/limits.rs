//! Limits of Slack and of other vendors, shared by all replicas through the database.

use std::time::Duration;

use async_trait::async_trait;
use http_client::Gate;
use slack::{Call, RateLimits, Tier, Turn};
use store::PgPool;
use store::slack_rate_limits::{self, Limit};

/// Paces calls to Slack for all replicas. A database that fails never keeps a call from being made.
#[derive(Debug)]
pub(crate) struct SharedLimits {
    pool: PgPool,
    /// How many times faster than in production time passes.
    speed: f64,
}

impl SharedLimits {
    pub(crate) fn new(pool: PgPool, speed: f64) -> Self {
        Self { pool, speed }
    }

    fn limit(&self, tier: Tier) -> Option<Limit> {
        let (calls, per) = tier.limit()?;
        let per = per.div_f64(self.speed);
        Some(Limit { calls, per })
    }
}

#[async_trait]
impl RateLimits for SharedLimits {
    async fn take(&self, call: Call<'_>) -> Turn {
        let turn = async {
            let mut conn = self.pool.acquire().await?;
            slack_rate_limits::take(&mut conn, call.method, call.channel, self.limit(call.tier)).await
        };
        match turn.await {
            Ok(slack_rate_limits::Turn::Go) => Turn::Go,
            Ok(slack_rate_limits::Turn::Probe) => Turn::Probe,
            Ok(slack_rate_limits::Turn::Wait(wait)) => Turn::Wait(wait),
            Err(error) => {
                tracing::warn!(method = call.method, %error, "the rate limit state of Slack is unknown: calling \
                                                              anyway");
                Turn::Go
            }
        }
    }

    async fn probed(&self, call: Call<'_>, taken: bool) {
        let noted = async {
            let mut conn = self.pool.acquire().await?;
            slack_rate_limits::probed(&mut conn, call.method, call.channel, taken).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(method = call.method, %error, "the rate limit state of Slack could not be stored for the \
                                                          other replicas");
        }
    }

    async fn note(&self, call: Call<'_>, after: Duration) {
        let noted = async {
            let mut conn = self.pool.acquire().await?;
            slack_rate_limits::note(&mut conn, call.method, call.channel, after).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(method = call.method, %error, "a rate limit of Slack could not be stored for the other \
                                                          replicas");
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
    /// The gate of a vendor that all replicas together may call once in `every`; without it, as often as it lets us.
    pub(crate) fn new(pool: PgPool, vendor: &'static str, every: Option<Duration>) -> Self {
        Self { pool, vendor, every }
    }
}

#[async_trait]
impl Gate for VendorGate {
    async fn wait(&self) -> Option<Duration> {
        let place = async {
            let mut conn = self.pool.acquire().await?;
            let Some(every) = self.every else {
                let wait = store::vendor_rate_limits::wait(&mut conn, self.vendor).await?;
                return Ok::<_, store::Error>(wait.map_or(Ok(Duration::ZERO), Err));
            };
            store::vendor_rate_limits::take_place(&mut conn, self.vendor, every, LONGEST_PLACE).await
        };
        match place.await {
            Ok(Ok(wait)) => {
                tokio::time::sleep(wait).await;
                None
            }
            Ok(Err(wait)) => Some(wait),
            // A database that fails never keeps a call from being made.
            Err(error) => {
                tracing::warn!(vendor = self.vendor, %error, "the vendor's rate limits are unknown: calling anyway");
                None
            }
        }
    }

    async fn limited(&self, wait: Duration) {
        let noted = async {
            let mut conn = self.pool.acquire().await?;
            store::vendor_rate_limits::note(&mut conn, self.vendor, wait).await
        };
        if let Err(error) = noted.await {
            tracing::warn!(vendor = self.vendor, %error, "a rate limit could not be stored for the other replicas");
        }
    }
}
