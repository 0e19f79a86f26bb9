//! What tests of every crate need: a database each, the whole system in one process, and a way to wait for a state
//! without sleeping. For tests only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up fails where it stands"
)]

mod acting;
mod again;
mod built;
mod child;
pub mod contracts;
mod crowd;
mod database;
mod picture;
mod proxy;
mod server;
mod system;
mod vendors;
mod wait;

pub use built::program;
pub use child::Child;
pub use crowd::{LAST_TEAM, SOME_COMPONENT};
pub use database::Database;
pub use picture::{is_notice, picture, picture_without};
pub use proxy::{Proxy, refusing_server};
pub use server::Server;
pub use system::{ADMIN_PASSWORD, PRODUCTION, SHORT, System, Times};
pub use wait::wait_for;
