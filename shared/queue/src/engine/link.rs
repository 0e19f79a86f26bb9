//! One connection of the engine's own, made again when it breaks.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Error, PgConnection};
use tokio::time::error::Elapsed;

/// A connection for one loop: no pool's check before and after each use, and nobody to wait for.
///
/// ```ignore
/// let answer = timeout(link.patience(), async { query.fetch_all(link.get().await?).await }).await;
/// let rows = link.settle(answer)?;
/// ```
pub(crate) struct Link {
    sessions: Sessions,
    connection: Option<PgConnection>,
    patience: Duration,
}

/// The engine's few statements are planned once per connection: planning them each time took longer than running them. A plan
/// must suit a table that was empty when it was made, so it reads by indexes whatever the statistics say.
const SETTINGS: [(&str, &str); 3] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
];

/// How long the engine waits for a lock, in milliseconds. Shorter than Postgres' `deadlock_timeout` (1 s), so that in a
/// deadlock with a command the engine times out and retries, and the command never fails.
pub(crate) const LOCK_TIMEOUT_MS: &str = "500";

/// How the engine's connections are made. What their sessions are like is set by a statement: `PgBouncer` refuses it among
/// the startup parameters.
#[derive(Clone)]
pub(crate) struct Sessions {
    options: PgConnectOptions,
    names: Vec<String>,
    values: Vec<String>,
}

impl Sessions {
    /// Like those of a pool with these options, in a schema. Postgres ends a statement that takes longer than `limit`.
    pub(crate) fn new(options: PgConnectOptions, schema: &str, limit: Duration) -> Self {
        let mut sessions = Self {
            options,
            names: Vec::new(),
            values: Vec::new(),
        };
        let limit = limit.as_millis().max(1).to_string();
        for (name, value) in SETTINGS.into_iter().chain([
            ("search_path", schema),
            ("statement_timeout", &limit),
            ("idle_in_transaction_session_timeout", &limit),
        ]) {
            sessions = sessions.with(name, value);
        }
        sessions
    }

    /// The same with one more setting.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.names.push(name.to_owned());
        self.values.push(value.to_owned());
        self
    }

    /// The options of a connection, which [`Self::set_up`] makes complete.
    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Sets up the session of a connection that was just made.
    pub(crate) async fn set_up(&self, connection: &mut PgConnection) -> Result<(), Error> {
        sqlx::query!(
            "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s (name, value)",
            &self.names,
            &self.values,
        )
        .fetch_all(connection)
        .await?;
        Ok(())
    }

    async fn connect(&self) -> Result<PgConnection, Error> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        self.set_up(&mut connection).await?;
        Ok(connection)
    }
}

impl Link {
    pub(crate) fn new(sessions: Sessions, patience: Duration) -> Self {
        Self {
            sessions,
            connection: None,
            patience,
        }
    }

    /// How long to wait for a response.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// The connection, made when there is none.
    pub(crate) async fn get(&mut self) -> Result<&mut PgConnection, Error> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            empty => Ok(empty.insert(self.sessions.connect().await?)),
        }
    }

    /// Records how the connection's use ended: after a failure the next use reconnects.
    pub(crate) fn settle<T>(&mut self, answer: Result<Result<T, Error>, Elapsed>) -> Result<T, Error> {
        let result = answer.unwrap_or(Err(Error::PoolTimedOut));
        if result.as_ref().is_err_and(|error| !is_unique_violation(error)) {
            self.connection = None;
        }
        result
    }
}

/// Postgres did not get a lock in time.
pub(crate) fn is_lock_timeout(error: &Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "55P03")
}

pub(crate) fn is_unique_violation(error: &Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
