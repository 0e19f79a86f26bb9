//! Statuspage: publishing on the status page that customers read, and reading it.
//!
//! What it knows is turned into `domain::statuspage` here; nobody else knows how it is written on the wire.

mod client;
mod config;
mod error;
mod wire;

pub use client::{Change, Client, Creation};
pub use config::Config;
