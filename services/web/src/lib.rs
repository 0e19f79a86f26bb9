//! The console and the API: gRPC, gRPC-Web and the console's files on one port.
//!
//! `router` decides which of them a request is for, `auth` who asks, `api` answers, and `live` tells open streams what
//! changes. Nothing is kept in memory that matters: any number of replicas stand side by side.

mod api;
mod auth;
mod check;
mod import_legacy;
mod live;
mod pages;
mod rca;
mod router;

/// Types, servers and clients generated from `proto/incident_bot/v1`.
pub mod proto {
    #![allow(missing_docs, clippy::pedantic, reason = "generated")]
    tonic::include_proto!("incident_bot.v1");

    /// The API described, for reflection.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
}

use std::net::SocketAddr;
use std::sync::Arc;

use config::Reader;
use domain::{Clock, SystemClock};
use secrecy::SecretString;
use store::PgPool;
use telemetry::http::{Limits, ServeError};
use telemetry::{PartError, Parts};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use auth::{FIRST_ADMIN, HashError};
pub use check::check;
pub use import_legacy::{Import, ImportError, Report};

/// What the service is told by its environment.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 takes any.
    pub listen: SocketAddr,
    /// Where people open the console. With `https` the cookie is kept to it.
    pub web_url: Option<String>,
    /// The e-mail of the first admin; [`FIRST_ADMIN`] where it is not set.
    pub admin_email: Option<String>,
    /// The password of the first admin, needed while there is no user.
    pub admin_password: Option<SecretString>,
    /// How many proxies stand before this service and add an entry to `X-Forwarded-For`. 0: nobody's word is taken, and
    /// the peer's address is the caller's.
    pub trusted_proxies: usize,
    /// How much callers may take, and for how long.
    pub limits: Limits,
    /// Where metrics are served, on a port that is not public; nowhere where it is not set.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether browsers are told to use https for all hosts below the console's, too.
    pub hsts_subdomains: bool,
    /// Whether status pages that admins name may be in this network: for the sandbox, never in production.
    pub allow_private_providers: bool,
}

impl Default for Config {
    /// Any free port of this machine; nobody can sign in.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            web_url: None,
            admin_email: None,
            admin_password: None,
            trusted_proxies: 0,
            metrics_listen: None,
            limits: Limits::PUBLIC,
            hsts_subdomains: false,
            allow_private_providers: false,
        }
    }
}

impl Config {
    /// Reads `WEB_LISTEN`, `WEB_URL`, `DEFAULT_WEB_ADMIN_EMAIL`, `DEFAULT_WEB_ADMIN_PASSWORD`, `WEB_TRUSTED_PROXIES`,
    /// `METRICS_LISTEN` and `WEB_HSTS_SUBDOMAINS`.
    pub fn read(reader: &mut Reader) -> Self {
        let trusted_proxies = reader.parsed("WEB_TRUSTED_PROXIES", "a number", 0);
        let mut limits = Limits::PUBLIC;
        if trusted_proxies > 0 {
            // Everybody comes from the proxy's address.
            limits.connections_per_peer = limits.connections;
        }
        Self {
            listen: reader.parsed(
                "WEB_LISTEN",
                "an address such as 0.0.0.0:3000",
                SocketAddr::from(([0, 0, 0, 0], 3000)),
            ),
            web_url: reader.address("WEB_URL"),
            admin_email: reader.text("DEFAULT_WEB_ADMIN_EMAIL"),
            admin_password: reader.optional_secret("DEFAULT_WEB_ADMIN_PASSWORD"),
            trusted_proxies,
            limits,
            metrics_listen: reader.listen("METRICS_LISTEN"),
            hsts_subdomains: reader.flag("WEB_HSTS_SUBDOMAINS", false),
            allow_private_providers: reader.flag("INCIDENT_EXTERNAL_PROVIDERS_ALLOW_PRIVATE", false),
        }
    }

    fn is_https(&self) -> bool {
        self.web_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its address cannot be used.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] store::StartError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] store::Error),
    /// The first admin could not be made.
    #[error("the first admin's password cannot be hashed: {0}")]
    Password(#[from] HashError),
    /// A part of it ended.
    #[error(transparent)]
    Part(#[from] PartError),
}

/// A service that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    parts: JoinHandle<Result<(), PartError>>,
}

impl Running {
    /// Waits until the service has stopped.
    pub async fn stopped(self) -> Result<(), StartError> {
        match self.parts.await {
            Ok(ended) => Ok(ended?),
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
}

/// Everything that requests share.
#[derive(Clone, Debug)]
struct App {
    config: Arc<Config>,
    pool: PgPool,
    clock: Arc<dyn Clock>,
    live: live::Live,
    passwords: auth::Passwords,
    /// For hashes of what was typed as an e-mail.
    typed_email: auth::TypedEmail,
}

/// Runs on a migrated database until `shutdown`; returns when it can be reached.
pub async fn start(
    config: Config,
    pool: PgPool,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> Result<Running, StartError> {
    let listener = telemetry::http::bind(config.listen).await?;
    start_at(listener, config, pool, clock, &shutdown).await
}

async fn start_at(
    listener: TcpListener,
    config: Config,
    pool: PgPool,
    clock: Arc<dyn Clock>,
    shutdown: &CancellationToken,
) -> Result<Running, StartError> {
    let passwords = auth::Passwords::default();
    auth::ensure_first_admin(&config, &pool, &*clock, &passwords).await?;
    let typed_email = auth::TypedEmail::load(&pool).await?;
    let addr = listener.local_addr().map_err(ServeError::from)?;
    let metrics = match config.metrics_listen {
        Some(address) => Some(telemetry::http::bind(address).await?),
        None => None,
    };
    let mut parts = Parts::new(shutdown);
    let stop = parts.shutdown();
    let (live, listening) = live::Live::new(pool.clone());
    parts.add_endless("the change listener", listening);
    parts.add_endless("the settings listener", pool.clone().keep_settings());
    parts.add_endless("the connection keeper", store::keep_open(pool.clone()));
    let limits = config.limits;
    let app = App {
        config: Arc::new(config),
        pool,
        clock,
        live,
        passwords,
        typed_email,
    };
    let router = router::router(&app, stop.clone());
    if let Some(metrics) = metrics {
        parts.add(
            "the metrics server",
            telemetry::http::serve(metrics, router::probes(&app), stop.clone()),
        );
    }
    parts.add(
        "the server",
        telemetry::http::serve_within(listener, router, limits, stop),
    );
    let parts = tokio::spawn(parts.run());
    tracing::info!(%addr, "the console is served");
    Ok(Running { addr, parts })
}

/// Waits for the database, brings it up to date and serves until `shutdown`.
pub async fn run(config: Config, database: store::Config, shutdown: CancellationToken) -> Result<(), StartError> {
    let listener = telemetry::http::bind(config.listen).await?;
    let pool = store::connect(&database);
    match shutdown.run_until_cancelled(store::prepare(&database)).await {
        Some(prepared) => prepared?,
        None => return Ok(()),
    }
    start_at(listener, config, pool, Arc::new(SystemClock), &shutdown)
        .await?
        .stopped()
        .await
}
