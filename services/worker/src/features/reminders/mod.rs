//! Reminders: the channel is asked for the next update when it is due.

mod handler;
mod message;

pub(crate) use message::message;
