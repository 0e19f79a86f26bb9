//! The service as its clients see it: over the network, on a real database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests stand outside the test functions"
)]

mod account;
mod act;
mod checks;
mod console;
mod incidents;
mod jobs;
mod legacy;
mod on_call;
mod pages;
mod paging;
mod pins;
mod rca;
mod settings;
mod sign_in;
mod timeline;
mod watch;
