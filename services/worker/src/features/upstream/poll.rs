//! Looks at what providers say about their own status.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use incidents::Look;
use queue::JobContext;
use tokio::time::timeout;
use upstream::{Polled, Validators};

use crate::Worker;
use crate::failure::Failure;
use crate::perform::{Handler, OnDiscard, Perform, Periodic};

/// How often a call that may work the next time is made; then the next look has to do.
const ATTEMPTS: u32 = 3;
/// A provider that asks to wait longer is looked at with the next ones.
const LONGEST_SNOOZE: Duration = Duration::from_mins(1);
/// How long a check waits for all feeds of a provider.
const CHECK_TIME: Duration = Duration::from_secs(15);

#[async_trait]
impl Perform for jobs::PollProviders {
    const ON_DISCARD: OnDiscard = OnDiscard::LOOK;

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let mut tx = worker.pool.begin().await?;
        let providers = store::settings::load(&mut tx).await?.providers;
        let jobs = providers.iter().map(|provider| jobs::PollProvider::of(provider));
        context.enqueue(&mut tx, jobs.collect()).await?;
        context.complete(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

inventory::submit!(Handler::of::<jobs::PollProviders>());
inventory::submit!(Periodic {
    name: "poll providers",
    every: |config| Some(config.upstream.every),
    job: |_, _| jobs::PollProviders {}.job(),
});

#[async_trait]
impl Perform for jobs::PollProvider {
    const ON_DISCARD: OnDiscard = OnDiscard::Told("the provider is shown with the error");

    async fn perform(self, worker: &Worker, context: &JobContext) -> Result<(), Failure> {
        let Some(known) = known(worker, &self.provider, context.now()).await? else {
            return Ok(());
        };
        let polled = worker.upstream.poll(&self.provider, &known).await;
        match &polled.error {
            Some(error) if error.is_transient() && context.attempt() < ATTEMPTS => {
                Err(Failure::Again(error.to_string()))
            }
            _ => keep(worker, self.provider, polled, context).await,
        }
    }
}

inventory::submit!(Handler::of::<jobs::PollProvider>());

/// Stores the outcome of a poll.
async fn keep(worker: &Worker, provider: String, polled: Polled, context: &JobContext) -> Result<(), Failure> {
    if let Some(error) = &polled.error {
        tracing::warn!(provider, error = %error.cause(), "the status of a provider could not be read");
    }
    let wait = polled.error.as_ref().and_then(upstream::Error::wait);
    let look = Look {
        provider,
        answers: polled.answers,
        error: polled.error.map(|error| error.to_string()),
        wait: wait.and_then(|wait| TimeDelta::from_std(wait).ok()),
    };
    let soon = wait.filter(|wait| *wait <= LONGEST_SNOOZE);
    let mut tx = worker.pool.begin().await?;
    incidents::upstream_seen(&mut tx, &look, context.now()).await?;
    if let Some(soon) = soon {
        tx.commit().await?;
        return Err(Failure::Wait {
            delay: soon,
            reason: "the provider asks to wait",
        });
    }
    context.complete(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// What the provider's feeds said of their last answers; `None` where it is not to be asked now.
async fn known(worker: &Worker, provider: &str, now: DateTime<Utc>) -> Result<Option<Vec<Validators>>, store::Error> {
    let mut conn = worker.pool.acquire().await?;
    let providers = store::upstream::providers(&mut conn, &[provider.to_owned()]).await?;
    let not_before = providers.first().and_then(|provider| provider.not_before);
    if not_before.is_some_and(|moment| moment > now) {
        return Ok(None);
    }
    let feeds = store::upstream::feeds(&mut conn, &worker.upstream.addresses(provider)).await?;
    let known = feeds.into_iter().map(|feed| Validators {
        url: feed.url,
        etag: feed.etag,
        last_modified: feed.last_modified,
    });
    Ok(Some(known.collect()))
}

/// Asks a provider once, as a check: nothing of it is kept. `Err` says why it cannot be read. One that asked to wait is not
/// asked.
pub(crate) async fn check(worker: &Worker, provider: &str) -> Result<(), String> {
    let known = match known(worker, provider, worker.config.jobs.clock.now()).await {
        Ok(Some(known)) => known,
        Ok(None) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    match timeout(CHECK_TIME, worker.upstream.poll(provider, &known)).await {
        Err(_) => Err("it doesn't answer".to_owned()),
        Ok(Polled { error: Some(error), .. }) => {
            tracing::debug!(provider, error = %error.cause(), "the status of a provider could not be read for a check");
            Err(error.to_string())
        }
        Ok(_) => Ok(()),
    }
}
