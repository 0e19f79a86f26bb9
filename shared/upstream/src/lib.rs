//! Others' status: what their public feeds say is wrong.
//!
//! A provider is a name of [`domain::upstream::providers`], or the address of a page that Statuspage hosts. `feeds` says
//! where each one's feeds are, `client` polls them, with what was answered last so that only what is new comes, and a file
//! per format parses what they answer. Feeds are strangers: an item that is not understood is left out, and everything
//! else that is wrong is an [`Error`].

mod aws;
mod client;
mod config;
mod error;
mod feeds;
mod gcp;
mod heroku;
mod slack;
mod statuspage;
mod syndication;
mod wire;

pub use client::{Client, Polled, Validators};
pub use config::Config;
pub use error::Error;
pub use http_client::BuildError;
