//! Hears of changes of incidents and of accounts of the console as they are committed.

use std::time::Duration;

use domain::IncidentId;
use sqlx::PgPool;
use sqlx::postgres::PgNotification;
use uuid::Uuid;

use crate::listener;
pub use crate::listener::Broken;

const INCIDENT: &str = "incident_changed";
const ACCOUNT: &str = "console_account_changed";
/// A connection that is cut without a word is found out by asking it this often.
const PING_EVERY: Duration = Duration::from_secs(15);

/// What was told since the last time, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Incidents that changed.
    pub incidents: Vec<IncidentId>,
    /// Users of the console of whom a session ended, or whose role or access changed.
    pub users: Vec<Uuid>,
}

impl Changes {
    fn add(&mut self, notification: &PgNotification) {
        if notification.channel() == ACCOUNT {
            self.users.extend(notification.payload().parse::<Uuid>().ok());
        } else {
            self.incidents.extend(notification.payload().parse::<IncidentId>().ok());
        }
    }

    fn is_empty(&self) -> bool {
        self.incidents.is_empty() && self.users.is_empty()
    }
}

/// A connection that listens. Dropping it ends the listening.
#[derive(Debug)]
pub struct Listener(listener::Listener);

impl Listener {
    /// Listens from now on, on a connection of the pool that it keeps.
    pub async fn connect(pool: &PgPool) -> Result<Self, Broken> {
        let channels = [INCIDENT, ACCOUNT];
        Ok(Self(listener::Listener::connect(pool, &channels, PING_EVERY).await?))
    }

    /// Waits for changes: everything that was told by now.
    ///
    /// # Errors
    /// When the connection broke: changes may have been missed, and this listener is of no use any more.
    pub async fn next(&mut self) -> Result<Changes, Broken> {
        let mut told = Changes::default();
        while told.is_empty() {
            told.add(&self.0.next().await?);
        }
        while let Some(notification) = self.0.arrived().await? {
            told.add(&notification);
        }
        told.incidents.sort_unstable();
        told.incidents.dedup();
        told.users.sort_unstable();
        told.users.dedup();
        Ok(told)
    }
}
