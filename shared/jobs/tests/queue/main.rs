//! What the queue promises, proven against a real Postgres.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "a test has no public items, and its modules share helpers"
)]

mod enqueueing;
mod lanes;
mod leases;
mod outcomes;
mod periodic;
mod process;
mod sight;
mod stopping;
mod superseding;
mod support;
mod waking;
