//! What differs between vendors, and what is done for all of them alike.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use config::Reader;
use domain::checks::Check;
use http_client::{BuildError, Error, Gate};
use jobs::{Queue, Registry};
use store::{PgConnection, PgPool};

use crate::Worker;
use crate::limits::VendorGate;

/// The configuration of a vendor that can be switched on, and all that differs between vendors.
#[async_trait]
pub(crate) trait Vendor: Clone + Debug + Send + Sync + 'static {
    /// Calls the vendor. Clones share their connections.
    type Client: Clone + Debug + Send + Sync;

    /// Its jobs' queue. Its name is also that of the vendor's check and of its rate limit.
    const QUEUE: Queue;

    /// What the check notes where the vendor is not switched on.
    const OFF: &'static str;

    /// Reads the environment; `None` where the vendor is not switched on.
    fn from_environment(reader: &mut Reader) -> Option<Self>;

    /// A client that asks `gate` before each call.
    fn client(self, gate: Option<Arc<dyn Gate>>) -> Result<Self::Client, BuildError>;

    /// The least time between two calls of all replicas together, where the vendor wants one.
    fn pace(&self) -> Option<Duration> {
        None
    }

    /// Checks by calls that change nothing that jobs can be done.
    async fn check(&self, client: &Self::Client) -> Result<(), Fault>;

    /// Stores what other services need to know; `config` is `None` where the vendor is not switched on.
    async fn announce(conn: &mut PgConnection, config: Option<&Self>) -> Result<(), store::Error>;

    /// Adds the periodic jobs.
    fn periodic(&self, registry: Registry) -> Registry {
        registry
    }
}

/// What a check found wrong.
pub(crate) enum Fault {
    /// The vendor asks us to wait, which is no fault.
    RateLimited,
    /// A sentence for whoever set it up.
    Failed(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::RateLimited(_) => Self::RateLimited,
            error => Self::Failed(error.to_string()),
        }
    }
}

/// What a worker does for everything outside that has a queue of its own.
#[async_trait]
pub(crate) trait Integration: Send + Sync {
    /// Its jobs' queue.
    fn queue(&self) -> Queue;

    /// Checks by calls that change nothing that jobs can be done; `usable` says whether the database can be used.
    async fn check(&self, worker: &Worker, usable: bool) -> Check;

    /// Stores what other services need to know. Only workers of its queue do so: others may lack its variables.
    async fn announce(&self, worker: &Worker, conn: &mut PgConnection) -> Result<(), store::Error>;

    /// Adds the periodic jobs.
    fn periodic(&self, registry: Registry) -> Registry {
        registry
    }
}

/// A vendor as a worker has it: its configuration and client, where it is switched on.
#[derive(Clone, Debug)]
pub(crate) struct Connection<C: Vendor>(Option<(C, C::Client)>);

impl<C: Vendor> Connection<C> {
    /// No call is made yet. Rate limits are shared through the database of `limits`.
    pub(super) fn new(config: Option<&C>, limits: Option<&PgPool>) -> Result<Self, BuildError> {
        let Some(config) = config else {
            return Ok(Self(None));
        };
        let gate = limits.map(|pool| {
            let gate = VendorGate::new(pool.clone(), C::QUEUE.as_str(), config.pace());
            Arc::new(gate) as Arc<dyn Gate>
        });
        Ok(Self(Some((config.clone(), config.clone().client(gate)?))))
    }

    /// The client; `None` where the vendor is not switched on.
    pub(crate) fn client(&self) -> Option<&C::Client> {
        self.0.as_ref().map(|(_, client)| client)
    }
}

#[async_trait]
impl<C: Vendor> Integration for Connection<C> {
    fn queue(&self) -> Queue {
        C::QUEUE
    }

    async fn check(&self, _worker: &Worker, _usable: bool) -> Check {
        let name = C::QUEUE.as_str();
        let Some((config, client)) = &self.0 else {
            return Check::noted(name, C::OFF);
        };
        match config.check(client).await {
            Ok(()) => Check::ok(name),
            Err(Fault::RateLimited) => Check::noted(name, "asks us to wait: it is checked again later"),
            Err(Fault::Failed(fault)) => Check::failed(name, fault),
        }
    }

    async fn announce(&self, _worker: &Worker, conn: &mut PgConnection) -> Result<(), store::Error> {
        C::announce(conn, self.0.as_ref().map(|(config, _)| config)).await
    }

    fn periodic(&self, registry: Registry) -> Registry {
        match &self.0 {
            Some((config, _)) => config.periodic(registry),
            None => registry,
        }
    }
}
