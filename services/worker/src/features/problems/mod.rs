//! What could not be done is said where people are.

mod handler;
mod message;

pub(crate) use handler::noted;
