//! The worker: consumes queues and publishes changes to Slack and the vendors.
//!
//! The handler of a kind of job is in a feature's folder (see [`perform`]). It reads the current state, does what is still
//! needed, and records its result in the transaction that completes the job. Effects that must happen once go through
//! [`effects`].

mod channels;
mod check;
mod config;
mod effects;
mod failure;
mod features;
mod files;
mod limits;
mod messages;
mod perform;
mod register;
mod state;
mod vendors;

use std::sync::Arc;
use std::time::Duration;

use jobs::queues;
use queue::{Health, Queue};
use slack::{Client, NoRateLimits};
use store::PgPool;
use store::checks::Process;
use telemetry::Parts;
use telemetry::http::Check;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

pub use crate::check::check;
pub use crate::config::Config;
pub use crate::perform::OnDiscard;
pub use crate::register::{on_discard, registry};
pub use crate::vendors::VendorConfigs;

use crate::limits::SharedLimits;
use crate::vendors::{Vendors, providers};

/// The state that all handlers share.
#[derive(Clone, Debug)]
pub struct Worker {
    pool: PgPool,
    slack: Client,
    upstream: upstream::Client,
    vendors: Vendors,
    config: Arc<Config>,
}

impl Worker {
    /// A worker that has made no call yet.
    fn new(config: Config) -> std::io::Result<Self> {
        let pool = store::connect(&config.database);
        let slack = Client::new(&config.slack, SharedLimits::new(pool.clone(), config.pace_speed))?;
        let vendors = Vendors::new(&config.vendors, Some(&pool)).map_err(std::io::Error::other)?;
        Self::with(config, pool, slack, vendors)
    }

    /// A worker that ignores the rate limits shared with other replicas, and so needs no database.
    fn without_limits(config: Config) -> std::io::Result<Self> {
        let pool = store::connect(&config.database);
        let slack = Client::new(&config.slack, NoRateLimits)?;
        let vendors = Vendors::new(&config.vendors, None).map_err(std::io::Error::other)?;
        Self::with(config, pool, slack, vendors)
    }

    fn with(config: Config, pool: PgPool, slack: Client, vendors: Vendors) -> std::io::Result<Self> {
        Ok(Self {
            pool,
            slack,
            upstream: upstream::Client::new(config.upstream.clone()).map_err(std::io::Error::other)?,
            vendors,
            config: Arc::new(config),
        })
    }

    fn serves(&self, queue: Queue) -> bool {
        self.config.jobs.queues.contains(&queue)
    }
}

/// Why a worker could not run, or ended.
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
    /// A part of it ended unexpectedly.
    #[error(transparent)]
    Part(#[from] telemetry::PartError),
}

/// A queue that was not polled for this long counts as not served.
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
            "the metrics server",
            telemetry::http::serve(listener, router.clone(), stop.clone()),
        );
    }
    parts.add(
        "the health server",
        telemetry::http::serve(listener, router, stop.clone()),
    );
    parts.add_endless("the settings listener", pool.clone().keep_settings());
    parts.add_endless("the connection keeper", store::keep_open(pool.clone()));
    if worker.serves(queues::SLACK) {
        let (slack, stop) = (worker.slack.clone(), stop.clone());
        parts.add("the connection to Slack", async move {
            if let Some(Err(refused)) = stop.run_until_cancelled(tell_missing_scopes(&slack)).await {
                return Err(refused);
            }
            stop.cancelled().await;
            Ok(())
        });
    }
    let checking = worker.config.checks.clone().map(|config| {
        let (checked, until) = (worker.clone(), stop.clone());
        let check = move || {
            let worker = checked.clone();
            async move { check::check_running(&worker).await }
        };
        let queues = worker.config.jobs.queues.iter().map(ToString::to_string).collect();
        let process = Process::new("worker", &config, queues);
        tokio::spawn(store::checks::run(
            pool.clone(),
            process,
            config,
            check,
            until.cancelled_owned(),
        ))
    });
    parts.add(
        "the job engine",
        queue::run((*pool).clone(), registry(&worker), jobs_config, stop),
    );
    let ended = parts.run().await;
    if let Some(checking) = checking {
        // A panic there is logged; it does not affect the jobs.
        let _ = checking.await;
    }
    Ok(ended?)
}

/// Stores what jobs and other services need before the first job: settings from the environment, and which vendors are enabled.
async fn prepare(worker: &Worker) -> Result<(), RunError> {
    let mut tx = worker.pool.begin().await?;
    store::settings::fill(&mut tx, &worker.config.seeds).await?;
    worker.vendors.announce(worker, &mut tx).await?;
    providers::announce(worker, &mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Logs once at start which permissions the Slack app lacks; the rest works without them.
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
