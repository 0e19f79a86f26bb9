//! The services of `proto/`, one file each, and one for each feature that changes an incident.

mod act;
pub(crate) mod auth;
mod convert;
pub(crate) mod incidents;
mod roles;
mod set_status;
mod severity;
pub(crate) mod status;
mod statuspage;
mod update;
mod watch;
