//! What differs between vendors, and what is done for all of them alike.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use domain::checks::Check;
use http_client::{BuildError, Error, Gate};
use queue::Queue;
use store::{PgConnection, PgPool};

use crate::Worker;
use crate::limits::VendorGate;

/// The configuration of a vendor that can be switched on, and all that differs between vendors.
pub(crate) trait Vendor: Clone + Debug + Send + Sync {
    /// Calls the vendor.
    type Client: Clone + Debug + Send + Sync;

    /// Its jobs' queue. Its name is also that of the vendor's check and of its rate limit.
    const QUEUE: Queue;

    /// What the check notes where the vendor is not switched on.
    const OFF: &'static str;

    /// The least time between two calls of all replicas together, where the vendor wants one.
    fn pace(&self) -> Option<Duration> {
        None
    }

    /// Checks by calls that change nothing whether jobs can be done.
    fn check(&self, client: &Self::Client) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Stores what other services need to know; `config` is `None` where the vendor is not switched on.
    fn announce(
        conn: &mut PgConnection,
        config: Option<&Self>,
    ) -> impl Future<Output = Result<(), store::Error>> + Send;
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

/// Makes the client of a configuration, which asks the gate before each call.
type MakeClient<C> = fn(C, Option<Arc<dyn Gate>>) -> Result<<C as Vendor>::Client, BuildError>;

/// A vendor as a worker has it: its configuration and client, where it is switched on.
#[derive(Clone, Debug)]
pub(crate) struct Connection<C: Vendor>(Option<(C, C::Client)>);

impl<C: Vendor> Connection<C> {
    /// Makes the client by `client`. Rate limits are shared through the database of `limits`.
    pub(super) fn new(config: Option<&C>, limits: Option<&PgPool>, client: MakeClient<C>) -> Result<Self, BuildError> {
        let Some(config) = config else {
            return Ok(Self(None));
        };
        let gate = limits.map(|pool| {
            let gate = VendorGate::new(pool.clone(), C::QUEUE.as_str(), config.pace());
            Arc::new(gate) as Arc<dyn Gate>
        });
        Ok(Self(Some((config.clone(), client(config.clone(), gate)?))))
    }

    /// The client; `None` where the vendor is not switched on.
    pub(crate) fn client(&self) -> Option<&C::Client> {
        self.0.as_ref().map(|(_, client)| client)
    }

    /// `None` where `worker` does not serve the queue.
    pub(super) async fn check(&self, worker: &Worker) -> Option<Check> {
        if !worker.serves(C::QUEUE) {
            return None;
        }
        let name = C::QUEUE.as_str();
        let Some((config, client)) = &self.0 else {
            return Some(Check::noted(name, C::OFF));
        };
        Some(match config.check(client).await {
            Ok(()) => Check::ok(name),
            Err(Fault::RateLimited) => Check::noted(name, "is rate limiting us: it is checked again later"),
            Err(Fault::Failed(fault)) => Check::failed(name, fault),
        })
    }

    /// Nothing where `worker` does not serve the queue: it may lack the vendor's variables.
    pub(super) async fn announce(&self, worker: &Worker, conn: &mut PgConnection) -> Result<(), store::Error> {
        if worker.serves(C::QUEUE) {
            C::announce(conn, self.0.as_ref().map(|(config, _)| config)).await?;
        }
        Ok(())
    }
}
