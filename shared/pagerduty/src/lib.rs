//! PagerDuty: the client of its REST API, with errors that know what they mean.
//!
//! What is written names the person on whose behalf it is (`From`); what would hurt twice has a key by which it is found
//! again. Lists are read page by page: whoever wants all of one asks until there is no more.

mod client;
mod config;
mod error;
mod wire;

pub use client::{Client, PAGE};
pub use config::Config;
pub use error::Error;
pub use wire::{
    Acknowledgement, Assignment, EscalationPolicy, EscalationRule, Incident, NewIncident, Note, OnCall, Page,
    Reference, Schedule, Service, Status, Target, User,
};

/// What every call gives.
pub type Result<T> = std::result::Result<T, Error>;
