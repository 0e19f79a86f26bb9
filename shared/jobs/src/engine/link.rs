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
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    patience: Duration,
}

/// The engine's few statements are planned once per connection: planning them anew took longer than running them. A plan
/// must suit a table that was empty when it was made, so it reads by indexes whatever the statistics say.
const SETTINGS: [(&str, &str); 3] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
];

/// The options of the engine's connections, from those of the pool.
pub(crate) fn options(pool: &PgConnectOptions) -> PgConnectOptions {
    pool.clone().options(SETTINGS)
}

impl Link {
    pub(crate) fn new(options: PgConnectOptions, patience: Duration) -> Self {
        Self {
            options,
            connection: None,
            patience,
        }
    }

    /// How long to wait for an answer.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// The connection, made when there is none.
    pub(crate) async fn get(&mut self) -> Result<&mut PgConnection, Error> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            empty => Ok(empty.insert(PgConnection::connect_with(&self.options).await?)),
        }
    }

    /// Takes note of how the connection's use ended: after a failure the next use connects anew.
    pub(crate) fn settle<T>(&mut self, answer: Result<Result<T, Error>, Elapsed>) -> Result<T, Error> {
        let result = answer.unwrap_or(Err(Error::PoolTimedOut));
        if result.as_ref().is_err_and(|error| !is_unique_violation(error)) {
            self.connection = None;
        }
        result
    }
}

pub(crate) fn is_unique_violation(error: &Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
