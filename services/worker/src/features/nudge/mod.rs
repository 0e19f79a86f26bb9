//! The nudge: nobody has taken a role, and whoever declared the incident is told.

mod handler;
mod message;

pub(crate) use message::message;
