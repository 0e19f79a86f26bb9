//! The vendors that a worker calls beside Slack: one file and one line of `vendors!` each.
//!
//! A vendor's crate has a `Config` that reads the environment, and a `Client` that is made of it. What else differs between
//! vendors is a [`vendor::Vendor`]; everything that is done for all of them alike walks the list.

mod confluence;
mod pagerduty;
pub(crate) mod providers;
mod statuspage;
mod vendor;

use config::Reader;
use domain::checks::Check;
use http_client::BuildError;
use store::{PgConnection, PgPool};

use self::vendor::Connection;
use crate::Worker;

/// Declares the vendors by the names of their crates.
macro_rules! vendors {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// How each vendor is called; `None` where it is not switched on.
        #[derive(Clone, Debug)]
        pub struct VendorConfigs {
            $($(#[$doc])* pub $name: Option<::$name::Config>,)*
        }

        impl VendorConfigs {
            /// Reads the environment.
            pub fn read(reader: &mut Reader) -> Self {
                Self { $($name: ::$name::Config::read(reader),)* }
            }
        }

        /// The vendors of a worker.
        #[derive(Clone, Debug)]
        pub(crate) struct Vendors {
            $(pub(crate) $name: Connection<::$name::Config>,)*
        }

        impl Vendors {
            /// No call is made yet. Without `limits` they are called whatever other replicas know of their rate limits.
            pub(crate) fn new(configs: &VendorConfigs, limits: Option<&PgPool>) -> Result<Self, BuildError> {
                Ok(Self { $($name: Connection::new(configs.$name.as_ref(), limits, ::$name::Client::new)?,)* })
            }

            /// Checks those whose queues are served, side by side.
            pub(crate) async fn check(&self, worker: &Worker) -> Vec<Check> {
                let ($($name,)*) = tokio::join!($(self.$name.check(worker)),*);
                [$($name),*].into_iter().flatten().collect()
            }

            /// Stores what other services need to know of those whose queues are served.
            pub(crate) async fn announce(&self, worker: &Worker, conn: &mut PgConnection) -> Result<(), store::Error> {
                $(self.$name.announce(worker, conn).await?;)*
                Ok(())
            }
        }
    };
}

vendors! {
    /// Pages teams.
    pagerduty,
    /// Shows customers what is wrong.
    statuspage,
    /// Holds RCA documents.
    confluence,
}
