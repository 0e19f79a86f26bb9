//! The worker: consumes queues and carries changes outward.
//!
//! Each kind of job has a handler in a feature's folder and a line in [`register`]. A handler reads the state anew, does
//! what is still wanted, and records its result in the transaction that completes the job. Effects that would hurt twice
//! go through [`effects`].

mod channels;
mod check;
mod config;
mod discarded;
mod effects;
mod failure;
mod features;
mod files;
mod limits;
mod messages;
mod register;
mod state;

use std::sync::Arc;
use std::time::Duration;

use jobs::Health;
use slack::Client;
use store::PgPool;
use telemetry::Parts;
use telemetry::http::Check;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

pub use crate::check::check;
pub use crate::config::Config;
pub use crate::discarded::{WHEN_DISCARDED, WhenDiscarded};
pub use crate::register::registry;

use crate::limits::{SharedLimits, VendorGate};

/// What every handler works with.
#[derive(Clone, Debug)]
pub struct Worker {
    pool: PgPool,
    slack: Client,
    upstream: upstream::Client,
    /// Where it is switched on.
    pagerduty: Option<pagerduty::Client>,
    /// Where it is switched on.
    statuspage: Option<statuspage::Client>,
    /// Where it is switched on.
    confluence: Option<confluence::Client>,
    config: Arc<Config>,
}

impl Worker {
    /// A worker that has not spoken to anybody yet.
    fn new(config: Config) -> std::io::Result<Self> {
        let pool = store::connect(&config.database);
        let statuspage = config.statuspage.clone().map(|config| {
            let gate = VendorGate::paced(pool.clone(), "statuspage", config.pace);
            statuspage::Client::new(config, Some(Arc::new(gate)))
        });
        let confluence = config.confluence.clone().map(|config| {
            let gate = Arc::new(VendorGate::new(pool.clone(), "confluence"));
            confluence::Client::new(config, Some(gate)).map_err(std::io::Error::other)
        });
        Ok(Self {
            slack: Client::new(&config.slack, SharedLimits::new(pool.clone(), config.pace_speed))?,
            pagerduty: match &config.pagerduty {
                Some(config) => {
                    let gate = Arc::new(VendorGate::new(pool.clone(), "pagerduty"));
                    let client = pagerduty::Client::new(config.clone(), Some(gate));
                    Some(client.map_err(std::io::Error::other)?)
                }
                None => None,
            },
            upstream: upstream::Client::new(config.upstream.clone()).map_err(std::io::Error::other)?,
            statuspage: statuspage.transpose().map_err(std::io::Error::other)?,
            confluence: confluence.transpose()?,
            pool,
            config: Arc::new(config),
        })
    }
}

/// Why a worker does not run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] store::StartError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] store::Error),
    /// The machine's certificates could not be read.
    #[error("the machine's certificates could not be read ({0}): install ca-certificates.")]
    Certificates(#[from] std::io::Error),
    /// Its address cannot be used.
    #[error(transparent)]
    Serve(#[from] telemetry::http::ServeError),
    /// A part of it ended.
    #[error(transparent)]
    Part(#[from] telemetry::PartError),
}

/// A queue that nobody looked at for so long is not served.
const POLLED_WITHIN: Duration = Duration::from_secs(15);

/// Runs a worker until `shutdown`.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), RunError> {
    let listener = telemetry::http::bind(config.listen).await?;
    let worker = Worker::new(config)?;
    let pool = worker.pool.clone();
    let prepared = async {
        store::prepare(&worker.config.database).await?;
        prepare(&worker).await
    };
    match shutdown.run_until_cancelled(prepared).await {
        Some(prepared) => prepared?,
        None => return Ok(()),
    }

    let health = Health::default();
    let mut jobs_config = worker.config.jobs.clone();
    jobs_config.health = health.clone();
    let alive = {
        let health = health.clone();
        move || engine_check(&health)
    };
    let ready = {
        let pool = pool.clone();
        move || {
            let (pool, health) = (pool.clone(), health.clone());
            async move {
                vec![
                    Check::of("database", store::reachable(&pool).await),
                    queues_check(&health),
                ]
            }
        }
    };
    let mut parts = Parts::new(&shutdown);
    let stop = parts.shutdown();
    let router = telemetry::http::router_of_parts(ready, alive);
    if let Some(address) = worker.config.metrics_listen {
        let listener = telemetry::http::bind(address).await?;
        parts.add(
            "the server of metrics",
            telemetry::http::serve(listener, router.clone(), stop.clone()),
        );
    }
    parts.add(
        "the health server",
        telemetry::http::serve(listener, router, stop.clone()),
    );
    parts.add_endless("the listener for settings", pool.clone().keep_settings());
    if worker.config.jobs.queues.contains(&jobs::Queue::Slack) {
        let (slack, stop) = (worker.slack.clone(), stop.clone());
        parts.add("the connection to Slack", async move {
            if let Some(Err(refused)) = stop.run_until_cancelled(tell_missing_scopes(&slack)).await {
                return Err(refused);
            }
            stop.cancelled().await;
            Ok(())
        });
    }
    parts.add(
        "the job engine",
        jobs::run((*pool).clone(), registry(&worker), jobs_config, stop),
    );
    let opening = tokio::spawn(async move { store::open(&pool).await });
    let ended = parts.run().await;
    opening.abort();
    Ok(ended?)
}

/// What has to be there before the first job: settings that the environment fills.
async fn prepare(worker: &Worker) -> Result<(), RunError> {
    let mut tx = worker.pool.begin().await?;
    store::settings::fill(&mut tx, &worker.config.seeds).await?;
    // Those who serve a vendor's queue say whether it is switched on; others may not have its variables.
    let serves = |queue| worker.config.jobs.queues.contains(&queue);
    if serves(jobs::Queue::StatusPolling) {
        let warnings = &worker.config.upstream.warnings;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        store::upstream::set_warnings(&mut tx, warnings).await?;
    }
    if serves(jobs::Queue::Statuspage) {
        match &worker.config.statuspage {
            Some(config) => store::statuspage::set_page(&mut tx, &config.page_id, config.page_url.as_deref()).await?,
            None => store::statuspage::switch_off(&mut tx).await?,
        }
    }
    if serves(jobs::Queue::Pagerduty) {
        store::on_call::set_enabled(&mut tx, worker.pagerduty.is_some()).await?;
    }
    if serves(jobs::Queue::Confluence) {
        let confluence = worker.config.confluence.as_ref();
        let destination = store::rca_documents::Destination {
            available: confluence.is_some(),
            automatic: confluence.is_some_and(|config| config.automatic),
        };
        store::rca_documents::set_destination(&mut tx, destination).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Says once at start which permissions the Slack app lacks; the rest works without them.
async fn tell_missing_scopes(slack: &Client) -> Result<(), slack::TokenRefused> {
    match slack.granted_scopes().await {
        Ok(granted) => {
            for scope in slack::manifest::missing(&granted) {
                tracing::warn!(
                    scope = scope.name,
                    needed_for = scope.needed_for,
                    "the Slack app lacks a permission"
                );
            }
        }
        Err(error) => {
            if let Some(refused) = error.token_refused("SLACK_BOT_TOKEN") {
                return Err(refused);
            }
            tracing::warn!(%error, "the Slack app's permissions could not be read");
        }
    }
    Ok(())
}

fn engine_check(health: &Health) -> Check {
    if health.has_ended() {
        Check::failed("engine", "ended")
    } else {
        Check::ok("engine")
    }
}

fn queues_check(health: &Health) -> Check {
    if health.is_polling(POLLED_WITHIN) {
        Check::ok("queues")
    } else {
        Check::failed("queues", "not polled lately")
    }
}
