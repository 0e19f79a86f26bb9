//! PagerDuty: its REST API below `/pagerduty`, strict like the real one.
//!
//! Calls are `pagerduty.<operation>`, such as `pagerduty.create_incident`, for faults and barriers. People acknowledge and
//! resolve by `/sandbox/pagerduty` or by [`Account::change`].

mod control;
mod model;
mod render;
mod serve;

use axum::Router;

pub use model::{Account, Incident, Note, Policy, Rule, Schedule, Service, User};

use crate::vendor::{Operation, Part};
use crate::{Config, Sandbox};

/// Where the API begins.
const BASE: &str = "/pagerduty";

impl Part for Account {
    const NAME: &'static str = "pagerduty";
    const OPERATIONS: &'static [Operation] = serve::OPERATIONS;

    fn new(config: &Config) -> Self {
        Self::with_people(&config.people)
    }

    fn reset(&mut self, config: &Config) {
        self.begin_anew(&config.people);
    }

    fn routes() -> Router<Sandbox> {
        serve::routes().merge(control::routes())
    }
}

impl Sandbox {
    /// What the app takes for `https://api.pagerduty.com`.
    pub fn pagerduty_api_url(&self) -> String {
        format!("{}{BASE}", self.url())
    }

    /// What PagerDuty holds.
    pub fn pagerduty(&self) -> Account {
        crate::locked(&self.0.parts.pagerduty).clone()
    }

    /// Changes what PagerDuty holds.
    pub fn change_pagerduty<T>(&self, change: impl FnOnce(&mut Account) -> T) -> T {
        let changed = change(&mut crate::locked(&self.0.parts.pagerduty));
        self.changes().bump();
        changed
    }
}
