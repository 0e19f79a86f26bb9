//! A local Slack: the workspace, its Web API and Socket Mode.

pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod args;
pub(crate) mod blocks;
mod connection;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod methods;
pub(crate) mod model;
pub(crate) mod rate;
pub(crate) mod socket;
pub(crate) mod state;
pub(crate) mod text;
pub(crate) mod wire;
