//! What is wrong upstream: providers are looked at every few minutes, and a message in each incident's channel shows it.

mod message;
mod poll;
mod show;

pub(crate) use poll::check;
