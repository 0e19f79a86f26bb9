//! Slack: the client, the ids that messages and the gateway share, and small helpers for text and blocks.
//!
//! slack-morphism brings the transport and the types of blocks and payloads; what a call's errors mean, how a message is
//! found again, and how text of people is made harmless is ours.

pub mod blocks;
mod bookmarks;
mod client;
pub mod commands;
mod config;
mod content;
mod conversations;
mod egress;
mod error;
mod files;
mod groups;
mod history;
pub mod ids;
mod limits;
pub mod listing;
pub mod manifest;
mod messages;
pub mod on_call;
mod people;
pub mod roles;
mod scopes;
pub mod text;
pub mod values;
mod views;

pub use client::Client;
pub use config::Config;
pub use conversations::Channel;
pub use egress::Proxies;
pub use error::{Error, TokenRefused};
pub use groups::{NotInvited, UserGroup};
pub use history::{File, Reaction, Written, is_emoji};
pub use limits::{Call, NoRateLimits, RateLimits, TIERS, Tier, Turn};
pub use messages::Message;
pub use people::{Identity, Profile};
pub use scopes::{Access, INSTALLED_FOR_ORGANISATION};

/// What every method of [`Client`] gives.
pub type Result<T> = std::result::Result<T, Error>;
