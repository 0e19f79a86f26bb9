//! What tests of every crate need: a database each, and a way to wait for a state without sleeping. For tests only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up fails where it stands"
)]

mod database;
mod server;
mod wait;

pub use database::Database;
pub use server::Server;
pub use wait::wait_for;
