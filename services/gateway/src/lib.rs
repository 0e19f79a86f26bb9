//! The gateway: holds the connection to Slack and turns what people do there into commands.
//!
//! Every envelope is handled in a task of its own and acknowledged when its transaction is committed. A view is opened by
//! a task of its own too, because its trigger lives only 3 s; no other call of Slack stands in a person's way.

mod answer;
mod background;
mod check;
mod config;
mod connections;
mod deadline;
mod envelope;
mod environment;
mod feature;
mod features;
mod forms;
mod outsiders;
mod pressed;
mod route;
mod routes;
mod socket;
mod submitted;
mod unopened;
mod views;
mod workspace;

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Clock;
use incidents::Desk;
use slack::{Client, Identity, NoRateLimits};
use store::checks::Process;
use store::{PgConnection, PgPool};
use telemetry::Parts;
use telemetry::http::Check;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::background::BackgroundTasks;
pub use crate::check::check;
pub use crate::config::Config;
use crate::connections::Connections;
use crate::deadline::Deadline;
pub use crate::environment::Environment;
pub use crate::routes::{FormButton, form_buttons};

/// What every feature works with.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pool: PgPool,
    /// Where incidents are declared.
    desk: Desk,
    slack: Client,
    clock: Arc<dyn Clock>,
    /// How long after it arrived an envelope is answered at the latest.
    answer_within: Duration,
    /// Of the envelope that is handled.
    deadline: Deadline,
    environment: Arc<Environment>,
    /// Views that are being opened, answers that are on their way.
    errands: BackgroundTasks,
    /// The bot and its workspace, once Slack has told them.
    workspace: Arc<OnceLock<Identity>>,
    /// The connections to Slack, and those of strangers.
    connections: Arc<Connections>,
}

impl Gateway {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The same for an envelope that arrives now, or for work that nobody's acknowledgement waits for.
    pub(crate) fn with_new_deadline(&self) -> Self {
        Self {
            deadline: Deadline::new(self.answer_within),
            ..self.clone()
        }
    }
}

/// Why a gateway does not run.
#[derive(Debug, Error)]
pub enum RunError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] store::StartError),
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

/// Runs a gateway until `shutdown`.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), RunError> {
    // The sockets take the process's provider; a second gateway in one process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = telemetry::http::bind(config.listen).await?;
    let slack = Client::new(&config.slack, NoRateLimits)?;
    let pool = store::connect_with(&config.database, |conn| Box::pin(rehearse(conn)));
    match shutdown.run_until_cancelled(store::prepare(&config.database)).await {
        Some(prepared) => prepared?,
        None => return Ok(()),
    }
    let (desk, declarations) = Desk::open(pool.clone());
    let gateway = Gateway {
        desk,
        pool: pool.clone(),
        slack,
        clock: config.clock,
        answer_within: config.answer_within,
        deadline: Deadline::new(config.answer_within),
        environment: Arc::new(config.environment),
        errands: BackgroundTasks::default(),
        workspace: Arc::default(),
        connections: Connections::new(),
    };
    let ready = {
        let (pool, connections) = (pool.clone(), Arc::clone(&gateway.connections));
        move || {
            let (pool, connections) = (pool.clone(), Arc::clone(&connections));
            async move {
                vec![
                    Check::of("database", store::reachable(&pool).await),
                    socket_check(&connections),
                ]
            }
        }
    };
    let errands = gateway.errands.clone();
    let mut parts = Parts::new(&shutdown);
    let stop = parts.shutdown();
    let router = telemetry::http::router(ready);
    if let Some(address) = config.metrics_listen {
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
    // Goes on until the last envelope is dealt with.
    parts.add("the declaration writer", async move {
        declarations.await;
        Ok::<_, Infallible>(())
    });
    parts.add_endless("the settings listener", pool.clone().keep_settings());
    parts.add_endless("the connection keeper", store::keep_open(pool.clone()));
    let (learning, until) = (gateway.clone(), stop.clone());
    parts.add("the connection to Slack", async move {
        workspace::learn(&learning, &until).await
    });
    let (telling, until) = (gateway.clone(), stop.clone());
    errands.spawn(async move { connections::tell(&telling, &until).await });
    if let Some(config) = config.checks {
        let (checked, until) = (gateway.clone(), stop.clone());
        let check = move || {
            let gateway = checked.clone();
            async move { check::check_running(&gateway).await }
        };
        let process = Process::new("gateway", &config, Vec::new());
        errands.spawn(store::checks::run(
            pool.clone(),
            process,
            config,
            check,
            until.cancelled_owned(),
        ));
    }
    parts.add("the connection to Slack", async move {
        socket::hold(&gateway, config.sockets, config.quiet, &stop).await
    });
    let ended = parts.run().await;
    errands.close();
    errands.wait().await;
    Ok(ended?)
}

/// Whoever presses first waits no longer than those who follow. Where it fails the first press tells why.
async fn rehearse(conn: &mut PgConnection) {
    if let Err(error) = incidents::rehearse(conn).await {
        tracing::debug!(%error, "the declaration path could not be warmed up");
    }
}

/// The name of the check of the connections to Slack, and what it says where there is none.
const SOCKET: &str = "socket";
const NOT_CONNECTED: &str = "not connected to Slack";

fn socket_check(connections: &Connections) -> Check {
    match (connections.held(), connections.warning()) {
        (0, _) => Check::failed(SOCKET, NOT_CONNECTED),
        (_, Some(warning)) => Check::noted(SOCKET, warning),
        (_, None) => Check::ok(SOCKET),
    }
}
