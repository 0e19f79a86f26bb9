//! The vendors beside Slack that the sandbox simulates: a folder and a line of `parts!` each.

use std::sync::Mutex;

use axum::Router;

use crate::vendor::Part;
use crate::{Config, Sandbox, locked};

/// Declares the parts: a field of [`Parts`] each.
macro_rules! parts {
    ($($name:ident: $part:ty,)*) => {
        /// What all simulated vendors hold.
        pub(crate) struct Parts {
            $(pub(crate) $name: Mutex<$part>,)*
        }

        impl Parts {
            pub(crate) fn new(config: &Config) -> Self {
                Self { $($name: Mutex::new(Part::new(config)),)* }
            }

            pub(crate) fn reset(&self, config: &Config) {
                $(locked(&self.$name).reset(config);)*
            }

            pub(crate) fn routes() -> Router<Sandbox> {
                Router::new()$(.merge(<$part>::routes()))*
            }

            pub(crate) fn methods(&self) -> Vec<String> {
                let mut all = Vec::new();
                $(all.extend(locked(&self.$name).methods());)*
                all
            }
        }
    };
}

parts! {
    feeds: crate::feeds::Feeds,
    statuspage: crate::statuspage::Statuspage,
    pagerduty: crate::pagerduty::Account,
    confluence: crate::confluence::State,
}
