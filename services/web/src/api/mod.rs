//! The services of `proto/`, one file each, and one for each feature that changes an incident.

pub(crate) mod account;
mod act;
pub(crate) mod auth;
pub(crate) mod checks;
mod convert;
pub(crate) mod incidents;
pub(crate) mod jobs;
pub(crate) mod legacy;
pub(crate) mod on_call;
mod paging;
pub(crate) mod pins;
mod roles;
pub(crate) mod see;
mod set_status;
mod setting_schema;
pub(crate) mod settings;
mod severity;
pub(crate) mod status;
mod statuspage;
mod timeline;
mod update;
mod upstream;
mod watch;
