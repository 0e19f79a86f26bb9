//! The control panel: the first message of an incident's channel, pinned, drawn anew at every change.

mod handler;
mod message;

pub(crate) use handler::after_panel;
