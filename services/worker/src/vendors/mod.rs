//! The vendors that a worker calls beside Slack: one file and one line of `vendors!` each.
//!
//! Everything that is done for every vendor alike, such as reading the environment, checking it, and telling the other
//! services whether it is switched on, walks [`Worker::integrations`].

mod confluence;
mod pagerduty;
mod providers;
mod statuspage;
mod vendor;

use config::Reader;
use domain::checks::Check;
use http_client::BuildError;
use store::{PgConnection, PgPool};
use tokio::task::JoinSet;

use self::vendor::{Connection, Integration, Vendor};
use crate::Worker;

/// Declares the vendors: a field of [`VendorConfigs`] and of [`Vendors`] each.
macro_rules! vendors {
    ($($(#[$doc:meta])* $name:ident: $config:ty,)*) => {
        /// How each vendor is called; `None` where it is not switched on.
        #[derive(Clone, Debug, Default)]
        pub struct VendorConfigs {
            $($(#[$doc])* pub $name: Option<$config>,)*
        }

        impl VendorConfigs {
            /// Reads the environment.
            pub fn read(reader: &mut Reader) -> Self {
                Self { $($name: Vendor::from_environment(reader),)* }
            }
        }

        /// The vendors of a worker.
        #[derive(Clone, Debug)]
        pub(crate) struct Vendors {
            $(pub(crate) $name: Connection<$config>,)*
        }

        impl Vendors {
            /// No call is made yet. Without `limits` they are called whatever other replicas know of their rate limits.
            pub(crate) fn new(configs: &VendorConfigs, limits: Option<&PgPool>) -> Result<Self, BuildError> {
                Ok(Self { $($name: Connection::new(configs.$name.as_ref(), limits)?,)* })
            }

            fn all(&self) -> Vec<&dyn Integration> {
                vec![$(&self.$name),*]
            }
        }
    };
}

vendors! {
    /// Pages teams.
    pagerduty: ::pagerduty::Config,
    /// Shows customers what is wrong.
    statuspage: ::statuspage::Config,
    /// Holds RCA documents.
    confluence: ::confluence::Config,
}

impl Worker {
    /// Everything outside that has a queue of its own, beside Slack.
    pub(crate) fn integrations(&self) -> Vec<&dyn Integration> {
        let mut all = self.vendors.all();
        all.push(&providers::Providers);
        all
    }

    /// Checks those whose queues are served, side by side; `usable` says whether the database can be used.
    pub(crate) async fn check_integrations(&self, usable: bool) -> Vec<Check> {
        let mut checking = JoinSet::new();
        for place in 0..self.integrations().len() {
            let worker = self.clone();
            checking.spawn(async move {
                let integration = *worker.integrations().get(place)?;
                if !worker.serves(integration.queue()) {
                    return None;
                }
                Some((place, integration.check(&worker, usable).await))
            });
        }
        let mut checks: Vec<_> = checking.join_all().await.into_iter().flatten().collect();
        checks.sort_by_key(|(place, _)| *place);
        checks.into_iter().map(|(_, check)| check).collect()
    }

    /// Stores what other services need to know of those whose queues are served.
    pub(crate) async fn announce_integrations(&self, conn: &mut PgConnection) -> Result<(), store::Error> {
        for integration in self.integrations() {
            if self.serves(integration.queue()) {
                integration.announce(self, conn).await?;
            }
        }
        Ok(())
    }
}
