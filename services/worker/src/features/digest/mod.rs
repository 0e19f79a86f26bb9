//! The digest channel: one post per incident, kept true.

mod channels;
mod handler;
mod message;

pub(crate) use channels::CopyChannels;
pub(crate) use handler::DrawDigest;
