//! What the queue promises, proven against a real Postgres.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "a test has no public items, and its modules share helpers"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails where it stands"
)]
#![allow(
    clippy::new_ret_no_self,
    clippy::needless_pass_by_value,
    reason = "helpers that are short to call"
)]

mod enqueueing;
mod expiry;
mod lanes;
mod leases;
mod liveness;
mod outcomes;
mod periodic;
mod process;
mod sight;
mod stalled;
mod stopping;
mod superseding;
mod support;
mod waking;
