//! The pool of connections, and where the database is.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use config::Reader;
use domain::Settings;
use opaque::Opaque;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Error, PgConnection, Postgres};
use tokio::sync::Notify;

use crate::Transaction;
use crate::session::{self, Limits};
use crate::settings_cache::{self, SettingsCache};

/// Where the database is and how much of it a process may use.
#[derive(Clone)]
pub struct Config {
    options: PgConnectOptions,
    /// The most connections of this process.
    pub max_connections: u32,
    /// How many connections stay open while nobody uses them, so that whoever comes in a rush need not wait for new ones.
    pub open_connections: u32,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
    /// How long anything may take on a connection.
    pub limits: Limits,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options hold the password.
        f.debug_struct("Config")
            .field("host", &self.options.get_host())
            .field("database", &self.options.get_database())
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Reads `DATABASE_URL`, or else the `POSTGRES_…` variables, and `DATABASE_MAX_CONNECTIONS`.
    pub fn read(reader: &mut Reader) -> Self {
        let options = match reader.text("DATABASE_URL") {
            Some(url) => PgConnectOptions::from_str(&url).unwrap_or_else(|_| {
                reader.fault("DATABASE_URL must be an address such as postgres://user:password@host:5432/database");
                PgConnectOptions::new_without_pgpass()
            }),
            None => PgConnectOptions::new_without_pgpass()
                .host(&reader.required("POSTGRES_HOST", "the database"))
                .database(&reader.required("POSTGRES_DB", "the database"))
                .username(&reader.required("POSTGRES_USER", "the database"))
                .password(&reader.required("POSTGRES_PASSWORD", "the database"))
                .port(reader.parsed("POSTGRES_PORT", "a port number", 5432)),
        };
        let mut config = Self::new(options);
        config.max_connections = reader.parsed("DATABASE_MAX_CONNECTIONS", "a number", config.max_connections);
        config.open_connections = config.max_connections / 2;
        if config.max_connections < 4 {
            reader.fault("DATABASE_MAX_CONNECTIONS must be 4 or more");
        }
        config
    }

    /// A database at this `postgres://…` address.
    pub fn at(url: &str) -> Result<Self, Error> {
        PgConnectOptions::from_str(url).map(Self::new)
    }

    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Host and port, or the folder of the socket.
    pub(crate) fn place(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }

    pub(crate) fn user(&self) -> String {
        self.options.get_username().to_owned()
    }

    /// The name of the database; Postgres takes the user's where none is given.
    pub(crate) fn database(&self) -> String {
        self.options
            .get_database()
            .unwrap_or(self.options.get_username())
            .to_owned()
    }

    fn new(options: PgConnectOptions) -> Self {
        Self {
            // PgBouncer refuses it as a startup parameter; since Postgres 12 the default is as exact.
            options: options.extra_float_digits(None),
            max_connections: 10,
            open_connections: 5,
            acquire_timeout: Duration::from_secs(5),
            limits: Limits::default(),
        }
    }
}

/// How often the connections that should stay open are counted.
const KEEP_OPEN_EVERY: Duration = Duration::from_secs(1);

/// What the pool will give.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A connection that was used more recently than this is taken to be alive.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long an idle connection may take to give a sign of life.
const PING_TIME: Duration = Duration::from_secs(1);
/// How long a connection that is given back may take to end what its user has left behind: a statement that nobody waits for
/// any more, a transaction that is rolled back. Then it is cut, so that another can take its place.
const RELEASE_TIME: Duration = Duration::from_secs(2);

/// The connections of a process, and the settings that it keeps. Clones share them.
#[derive(Clone, Debug)]
pub struct PgPool {
    pool: Opaque<sqlx::PgPool>,
    open_connections: u32,
    settings: Opaque<SettingsCache>,
    checks_requested: Arc<Notify>,
}

impl PgPool {
    /// The settings as they are now: those that are kept where they are, else read by `conn`.
    pub async fn settings(&self, conn: &mut PgConnection) -> Result<Arc<Settings>, Error> {
        match self.settings.get() {
            Some(settings) => Ok(settings),
            None => Ok(Arc::new(crate::settings::load(conn).await?)),
        }
    }

    /// The settings, where they are kept: needs no connection.
    pub fn kept_settings(&self) -> Option<Arc<Settings>> {
        self.settings.get()
    }

    /// A connection, as soon as one is free. The future's type is erased for the reason that [`Opaque`] has.
    pub fn acquire(&self) -> Boxed<'static, PoolConnection<Postgres>> {
        Box::pin(self.pool.acquire())
    }

    /// A transaction, as soon as a connection is free.
    pub fn begin(&self) -> Boxed<'_, Transaction> {
        Box::pin(self.pool.begin())
    }

    /// Keeps the settings in this process, fresh, for as long as this is polled: it takes one of the connections. On the same
    /// one it hears that this process is asked to check what it needs.
    pub async fn keep_settings(self) {
        settings_cache::keep(&self, &self.settings, &self.checks_requested).await;
    }

    /// Waits until this process is asked to check what it needs; comes back at once when it was asked since the last time.
    pub(crate) async fn checks_requested(&self) {
        self.checks_requested.notified().await;
    }
}

impl Deref for PgPool {
    type Target = sqlx::PgPool;

    fn deref(&self) -> &sqlx::PgPool {
        &self.pool
    }
}

impl PgPool {
    fn new(pool: sqlx::PgPool, open_connections: u32) -> Self {
        Self {
            pool: Opaque::new(pool),
            open_connections,
            settings: Opaque::new(SettingsCache::default()),
            checks_requested: Arc::default(),
        }
    }
}

impl From<sqlx::PgPool> for PgPool {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::new(pool, 0)
    }
}

/// What a new connection does before anybody gets it.
pub type FirstUse = for<'c> fn(&'c mut PgConnection) -> Pin<Box<dyn Future<Output = ()> + Send + 'c>>;

/// A pool whose connections see only our schema, and in which nothing takes for ever. It does not wait for the first
/// connection.
pub fn connect(config: &Config) -> PgPool {
    connect_with(config, |_| Box::pin(std::future::ready(())))
}

/// The same, where each connection has done something before.
pub fn connect_with(config: &Config, first_use: FirstUse) -> PgPool {
    let limits = config.limits;
    // Without `min_connections`: to keep it, sqlx tries for five minutes, with pauses of up to one, on places that nobody else
    // can have meanwhile. See `keep_open`.
    let pool = PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                session::set_up(connection, &limits).await?;
                first_use(connection).await;
                Ok(())
            })
        })
        // Asking every connection for a sign of life costs a round trip each time.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= TRUSTED {
                    in_time(PING_TIME, connection.ping()).await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                in_time(RELEASE_TIME, end_transaction(connection)).await?;
                Ok(true)
            })
        })
        .connect_lazy_with(config.options.clone());
    PgPool::new(pool, config.open_connections)
}

/// Ends a transaction that was begun while nobody waited for it any more: sqlx does not know of it, and whoever came next would
/// go on in it, at the time when it began (<https://github.com/transact-rs/sqlx/issues/4393>). Where there is none, this makes
/// one, because Postgres logs a warning for a `ROLLBACK` without. In one that has failed it fails, and the connection is cut.
async fn end_transaction(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql("BEGIN; ROLLBACK").execute(connection).await.map(|_| ())
}

/// Waits for a sign of life of a connection. One that gives none is cut, not closed: closing waits for an answer, too.
async fn in_time(limit: Duration, answer: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::Io(io::Error::new(
            io::ErrorKind::TimedOut,
            "the connection does not answer",
        ))),
    }
}

/// Opens the connections that stay open.
///
/// # Errors
/// When one could not be opened within the time that any caller waits for a connection.
pub async fn open(pool: &PgPool) -> Result<(), Error> {
    let mut opened = Vec::new();
    // Those that others hold count: waiting for one more than there may be would keep everybody waiting.
    while pool.size() < pool.open_connections {
        opened.push(pool.acquire().await?);
    }
    Ok(())
}

/// Opens them, and others in place of those that end, for as long as this is polled.
pub async fn keep_open(pool: PgPool) {
    let mut failing = false;
    loop {
        let opened = open(&pool).await;
        if let Err(error) = &opened
            && !failing
        {
            tracing::warn!(%error, "not all connections to the database could be opened yet");
        }
        failing = opened.is_err();
        tokio::time::sleep(KEEP_OPEN_EVERY).await;
    }
}

/// The database does not answer. The reason is logged, not told: anybody may ask whether a service is ready.
#[derive(Debug, thiserror::Error)]
#[error("cannot be reached")]
pub struct Unreachable;

/// Whether the database answers.
pub async fn reachable(pool: &PgPool) -> Result<(), Unreachable> {
    let answer = async { in_time(PING_TIME, pool.acquire().await?.ping()).await };
    answer.await.map_err(|error: Error| {
        tracing::warn!(%error, "not ready");
        Unreachable
    })
}
