//! Whole flows: the services in one process, against the sandbox and a database of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod archive;
mod chatter;
mod console;
mod declare;
mod kills;
mod load;
mod matrix;
mod reminders;
mod replicas;
mod roles;
mod severity;
mod stale;
mod status;
mod time;
mod update;
