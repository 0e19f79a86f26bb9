//! Confluence Cloud: spaces, pages, attachments, people, as far as the RCA document needs them.

mod client;
mod config;
mod error;
mod wire;

pub use client::Client;
pub use config::Config;
pub use error::Error;
pub use http_client::{BuildError, Gate};
pub use wire::Page;
