//! Hears of changes of incidents as they are committed.

use std::time::Duration;

use domain::IncidentId;
use sqlx::postgres::PgListener;
use sqlx::{Error, Executor, PgPool};

const CHANNEL: &str = "incident_changed";
/// A connection that is cut without a word is found out by asking it this often.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_TIME: Duration = Duration::from_secs(5);

/// A connection that listens. Dropping it ends the listening.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Listens from now on, on a connection of the pool that it keeps.
    pub async fn connect(pool: &PgPool) -> Result<Self, Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Waits for changes: everything that was told by now, each incident once.
    ///
    /// # Errors
    /// When the connection broke: changes may have been missed, and this listener is of no use any more.
    pub async fn next(&mut self) -> Result<Vec<IncidentId>, Broken> {
        let mut told = Vec::new();
        loop {
            // Once something was told, only what is there already is waited for.
            let patience = if told.is_empty() { PING_EVERY } else { Duration::ZERO };
            match tokio::time::timeout(patience, self.0.try_recv()).await {
                Ok(Ok(Some(notification))) => told.extend(notification.payload().parse::<IncidentId>().ok()),
                Ok(Ok(None)) => return Err(Broken("it was closed".to_owned())),
                Ok(Err(error)) => return Err(Broken(error.to_string())),
                Err(_quiet) if told.is_empty() => self.ping().await?,
                Err(_quiet) => break,
            }
        }
        told.sort_unstable();
        told.dedup();
        Ok(told)
    }

    async fn ping(&mut self) -> Result<(), Broken> {
        match tokio::time::timeout(PING_TIME, self.0.execute("SELECT 1")).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Broken(error.to_string())),
            Err(_) => Err(Broken("it does not answer".to_owned())),
        }
    }
}

/// The connection is gone, and changes may have been missed.
#[derive(Debug, thiserror::Error)]
#[error("the connection that hears of changes broke: {0}")]
pub struct Broken(String);
