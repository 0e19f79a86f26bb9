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

use http_client::Gate;
use jobs::{Health, Queue};
use slack::{Client, NoRateLimits};
use store::PgPool;
use store::checks::Process;
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
        let slack = Client::new(&config.slack, SharedLimits::new(pool.clone(), config.pace_speed))?;
        let pace = config.statuspage.as_ref().map(|config| config.pace);
        let gates = Gates {
            pagerduty: Some(Arc::new(VendorGate::new(pool.clone(), "pagerduty"))),
            statuspage: pace.map(|pace| Arc::new(VendorGate::paced(pool.clone(), "statuspage", pace)) as Arc<dyn Gate>),
            confluence: Some(Arc::new(VendorGate::new(pool.clone(), "confluence"))),
        };
        Self::with(config, pool, slack, gates)
    }

    /// One that calls vendors whatever the other replicas know of their limits, which takes no database.
    fn without_limits(config: Config) -> std::io::Result<Self> {
        let pool = store::connect(&config.database);
        let slack = Client::new(&config.slack, NoRateLimits)?;
        Self::with(config, pool, slack, Gates::default())
    }

    fn with(config: Config, pool: PgPool, slack: Client, gates: Gates) -> std::io::Result<Self> {
        let pagerduty = config.pagerduty.clone();
        let pagerduty = pagerduty.map(|config| pagerduty::Client::new(config, gates.pagerduty));
        let statuspage = config.statuspage.clone();
        let statuspage = statuspage.map(|config| statuspage::Client::new(config, gates.statuspage));
        let confluence = config.confluence.clone();
        let confluence = confluence.map(|config| confluence::Client::new(config, gates.confluence));
        Ok(Self {
            pool,
            slack,
            upstream: upstream::Client::new(config.upstream.clone()).map_err(std::io::Error::other)?,
            pagerduty: pagerduty.transpose().map_err(std::io::Error::other)?,
            statuspage: statuspage.transpose().map_err(std::io::Error::other)?,
            confluence: confluence.transpose().map_err(std::io::Error::other)?,
            config: Arc::new(config),
        })
    }

    fn serves(&self, queue: Queue) -> bool {
        self.config.jobs.queues.contains(&queue)
    }
}

/// What holds calls back while a vendor would refuse them.
#[derive(Default)]
struct Gates {
    pagerduty: Option<Arc<dyn Gate>>,
    statuspage: Option<Arc<dyn Gate>>,
    confluence: Option<Arc<dyn Gate>>,
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
    if worker.serves(Queue::Slack) {
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
        jobs::run((*pool).clone(), registry(&worker), jobs_config, stop),
    );
    let ended = parts.run().await;
    if let Some(checking) = checking {
        // A panic there is in the log; it takes nothing away from the jobs.
        let _ = checking.await;
    }
    Ok(ended?)
}

/// What has to be there before the first job: settings that the environment fills.
async fn prepare(worker: &Worker) -> Result<(), RunError> {
    let mut tx = worker.pool.begin().await?;
    store::settings::fill(&mut tx, &worker.config.seeds).await?;
    // Those who serve a vendor's queue say whether it is switched on; others may not have its variables.
    if worker.serves(Queue::StatusPolling) {
        let warnings = &worker.config.upstream.warnings;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        store::upstream::set_warnings(&mut tx, warnings).await?;
    }
    if worker.serves(Queue::Statuspage) {
        match &worker.config.statuspage {
            Some(config) => store::statuspage::set_page(&mut tx, &config.page_id, config.page_url.as_deref()).await?,
            None => store::statuspage::switch_off(&mut tx).await?,
        }
    }
    if worker.serves(Queue::Pagerduty) {
        store::on_call::set_enabled(&mut tx, worker.pagerduty.is_some()).await?;
    }
    if worker.serves(Queue::Confluence) {
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
