//! The gateway: holds the connection to Slack and turns what people do there into commands.
//!
//! Every envelope is handled in a task of its own and acknowledged when its transaction is committed. A view is opened by
//! a task of its own too, because its trigger lives only 3 s; no other call of Slack stands in a person's way.

mod answer;
mod config;
mod envelope;
mod environment;
mod features;
mod pressed;
mod route;
mod socket;
mod submitted;
mod views;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock;
use incidents::Desk;
use slack::{Client, NoRateLimits};
use store::{PgConnection, PgPool};
use telemetry::http::Check;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use crate::config::Config;
pub use crate::environment::Environment;

/// What every feature works with.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pool: PgPool,
    /// Where incidents are declared.
    desk: Desk,
    slack: Client,
    clock: Arc<dyn Clock>,
    patience: Duration,
    environment: Arc<Environment>,
    /// Views that are being opened, answers that are on their way.
    errands: TaskTracker,
    /// Sockets that Slack has greeted.
    connected: Arc<AtomicUsize>,
}

impl Gateway {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Why a gateway does not run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The database could not be brought up to date.
    #[error("the database could not be prepared: {0}")]
    Migrate(#[from] store::MigrateError),
    /// The machine's certificates could not be read.
    #[error("the machine's certificates could not be read: {0}")]
    Certificates(#[from] std::io::Error),
    /// The health server failed.
    #[error(transparent)]
    Serve(#[from] telemetry::http::ServeError),
}

/// Runs a gateway until `shutdown`.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), RunError> {
    // The sockets take the process's provider; a second gateway in one process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = telemetry::http::bind(config.listen).await?;
    let pool = store::connect_with(&config.database, |conn| Box::pin(rehearse(conn)));
    store::migrate(&pool).await?;
    let settings = tokio::spawn(pool.clone().keep_settings());
    let gateway = Gateway {
        desk: Desk::open(pool.clone()),
        pool,
        slack: Client::new(&config.slack, NoRateLimits)?,
        clock: config.clock,
        patience: config.patience,
        environment: Arc::new(config.environment),
        errands: TaskTracker::new(),
        connected: Arc::default(),
    };
    let ready = {
        let gateway = gateway.clone();
        move || {
            let gateway = gateway.clone();
            async move {
                vec![
                    Check::of("database", store::reachable(&gateway.pool).await),
                    socket_check(&gateway),
                ]
            }
        }
    };
    let serve = telemetry::http::serve(listener, telemetry::http::router(ready), shutdown.clone());
    let sockets = socket::hold(&gateway, config.sockets, &shutdown);
    let (served, (), ()) = tokio::join!(serve, sockets, store::open(&gateway.pool));
    settings.abort();
    gateway.errands.close();
    gateway.errands.wait().await;
    Ok(served?)
}

/// Whoever presses first waits no longer than those who follow. Where it fails the first press tells why.
async fn rehearse(conn: &mut PgConnection) {
    if let Err(error) = incidents::rehearse(conn).await {
        tracing::debug!(%error, "a declaration could not be rehearsed");
    }
}

fn socket_check(gateway: &Gateway) -> Check {
    match gateway.connected.load(std::sync::atomic::Ordering::Relaxed) {
        0 => Check::failed("socket", "not connected to Slack"),
        _ => Check::ok("socket"),
    }
}
