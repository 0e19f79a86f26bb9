//! The services of `proto/`, one file each.

pub(crate) mod auth;
mod convert;
pub(crate) mod incidents;
pub(crate) mod status;
mod watch;
