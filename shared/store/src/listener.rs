//! A connection that listens to what Postgres notifies at commit.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification};
use sqlx::{Error, Executor, PgPool};
use tokio::time::timeout;

/// How long the connection may take to answer anything.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Why nothing is heard any more: notifications may have been missed, and the listener is of no use.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The other end closed it.
    #[error("the connection that listens was closed")]
    Closed,
    /// It was cut without a word.
    #[error("the connection that listens does not answer")]
    Silent,
    /// The database said why.
    #[error("the connection that listens broke: {0}")]
    Failed(#[from] Error),
}

/// Listens on channels. Dropping it ends the listening.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: PgListener,
    ping_every: Duration,
}

impl Listener {
    /// Listens from now on, on a connection of the pool that it keeps. A connection that is cut without a word is found out
    /// by asking it every `ping_every` for a sign of life.
    pub(crate) async fn connect(pool: &PgPool, channels: &[&str], ping_every: Duration) -> Result<Self, Broken> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        timeout(ANSWER_TIME, listener.listen_all(channels.iter().copied()))
            .await
            .map_err(|_| Broken::Silent)??;
        Ok(Self { listener, ping_every })
    }

    /// Says in `pg_stat_activity` what the connection is for.
    pub(crate) async fn call_itself(&mut self, name: &'static str) -> Result<(), Broken> {
        let named = sqlx::query("SELECT set_config('application_name', $1, false)").bind(name);
        timeout(ANSWER_TIME, named.execute(&mut self.listener))
            .await
            .map_err(|_| Broken::Silent)??;
        Ok(())
    }

    /// The connection, for a query in the order of what is heard.
    pub(crate) fn connection(&mut self) -> &mut PgListener {
        &mut self.listener
    }

    /// Waits for the next notification.
    pub(crate) async fn next(&mut self) -> Result<PgNotification, Broken> {
        loop {
            match timeout(self.ping_every, self.listener.try_recv()).await {
                Ok(heard) => return heard?.ok_or(Broken::Closed),
                Err(_quiet) => {
                    timeout(ANSWER_TIME, self.listener.execute("SELECT 1"))
                        .await
                        .map_err(|_| Broken::Silent)??;
                }
            }
        }
    }

    /// The next notification that has arrived already.
    pub(crate) async fn arrived(&mut self) -> Result<Option<PgNotification>, Broken> {
        match timeout(Duration::ZERO, self.listener.try_recv()).await {
            Ok(heard) => Ok(Some(heard?.ok_or(Broken::Closed)?)),
            Err(_none) => Ok(None),
        }
    }
}
