//! An incident from a message, by an emoji on it.

mod description;
mod handler;
