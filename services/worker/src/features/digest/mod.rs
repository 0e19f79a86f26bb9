//! The digest channel: one post per incident, kept true.

mod channels;
mod handler;
mod message;

pub(crate) use channels::{CopyChannels, look_for_channels};
pub(crate) use handler::DrawDigest;
