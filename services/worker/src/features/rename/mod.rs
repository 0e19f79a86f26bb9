//! Channels get other names when people want it.

mod handler;

pub(crate) use handler::RenameChannel;
