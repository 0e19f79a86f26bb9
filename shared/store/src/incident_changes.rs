//! Hears of changes of incidents as they are committed.

use std::time::Duration;

use domain::IncidentId;
use sqlx::PgPool;
use sqlx::postgres::PgNotification;

use crate::listener;
pub use crate::listener::Broken;

const CHANNEL: &str = "incident_changed";
const PING_EVERY: Duration = Duration::from_secs(15);

/// A connection that listens. Dropping it ends the listening.
#[derive(Debug)]
pub struct Listener(listener::Listener);

impl Listener {
    /// Listens from now on, on a connection of the pool that it keeps.
    pub async fn connect(pool: &PgPool) -> Result<Self, Broken> {
        Ok(Self(listener::Listener::connect(pool, CHANNEL, PING_EVERY).await?))
    }

    /// Waits for changes: everything that was told by now, each incident once.
    ///
    /// # Errors
    /// When the connection broke: changes may have been missed, and this listener is of no use any more.
    pub async fn next(&mut self) -> Result<Vec<IncidentId>, Broken> {
        let id = |notification: PgNotification| notification.payload().parse::<IncidentId>().ok();
        let mut told = Vec::new();
        while told.is_empty() {
            told.extend(id(self.0.next().await?));
        }
        while let Some(notification) = self.0.arrived().await? {
            told.extend(id(notification));
        }
        told.sort_unstable();
        told.dedup();
        Ok(told)
    }
}
