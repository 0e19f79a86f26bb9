//! Whole flows: the services in one process, against the sandbox and a database of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod console;
mod declare;
mod kills;
mod load;
mod matrix;
mod replicas;
mod roles;
mod severity;
mod status;
mod update;
mod upstream;
