//! The digest channel: one post per incident, kept true.

mod channels;
mod handler;
mod message;
