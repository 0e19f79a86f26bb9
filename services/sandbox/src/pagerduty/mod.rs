//! PagerDuty: its REST API below `/pagerduty`, strict like the real one.
//!
//! Calls are `pagerduty.<operation>`, such as `pagerduty.create_incident`, for faults and barriers. People acknowledge and
//! resolve by `/sandbox/pagerduty` or by [`Account::change`].

mod control;
mod model;
mod render;
mod serve;

use crate::Sandbox;

pub use model::{Account, Incident, Note, Policy, Rule, Schedule, Service, User};

pub(crate) use control::routes as control_routes;
pub(crate) use serve::routes;

/// Where the API begins.
const BASE: &str = "/pagerduty";

impl Sandbox {
    /// What the app takes for `https://api.pagerduty.com`.
    pub fn pagerduty_api_url(&self) -> String {
        format!("{}{BASE}", self.url())
    }

    /// What PagerDuty holds.
    pub fn pagerduty(&self) -> Account {
        crate::locked(&self.0.pagerduty).clone()
    }

    /// Changes what PagerDuty holds.
    pub fn change_pagerduty<T>(&self, change: impl FnOnce(&mut Account) -> T) -> T {
        let changed = change(&mut crate::locked(&self.0.pagerduty));
        self.changes().bump();
        changed
    }
}
