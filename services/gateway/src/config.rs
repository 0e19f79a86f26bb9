//! What the environment says to the gateway.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use config::Reader;
use domain::{Clock, SystemClock};

use crate::environment::Environment;

/// How a gateway runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where health and metrics are served.
    pub listen: SocketAddr,
    /// Where they are served, too, where it is set: all services may have the same port for it.
    pub metrics_listen: Option<SocketAddr>,
    /// Logs and traces.
    pub telemetry: telemetry::Config,
    /// The database.
    pub database: store::Config,
    /// Slack.
    pub slack: slack::Config,
    /// How long after it arrived an envelope is answered at the latest, whatever the database does: Slack wants its
    /// acknowledgement within 3 s.
    pub answer_within: Duration,
    /// How many sockets are held; Slack allows 10 over all replicas.
    pub sockets: usize,
    /// How long nothing has to have come on a socket until it is closed, after a stop was asked for.
    pub quiet: Duration,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How often it checks what it needs, where it does so by itself.
    pub checks: Option<store::checks::Config>,
    /// What `diag` tells of.
    pub environment: Environment,
}

impl Config {
    /// Reads the environment.
    pub fn read(reader: &mut Reader) -> Self {
        let mut database = store::Config::read(reader);
        let answer_within = Duration::from_millis(2_500);
        database.acquire_timeout = answer_within;
        database.open_connections = database.max_connections;
        Self {
            listen: reader.parsed(
                "GATEWAY_LISTEN",
                "an address such as 0.0.0.0:3001",
                SocketAddr::from(([0; 4], 3001)),
            ),
            metrics_listen: reader.listen("METRICS_LISTEN"),
            telemetry: telemetry::Config::read(reader),
            database,
            slack: slack::Config::read_with_app_token(reader),
            answer_within,
            sockets: 2,
            quiet: Duration::from_millis(500),
            clock: Arc::new(SystemClock),
            checks: store::checks::Config::read(reader),
            environment: Environment::read(reader),
        }
    }
}
