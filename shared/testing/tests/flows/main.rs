//! Whole flows: the services in one process, against the sandbox and a database of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod access;
mod at_once;
mod console;
mod declare;
mod directory;
mod groups;
mod export;
mod kills;
mod load;
mod matrix;
mod pins;
mod rename;
mod replicas;
mod roles;
mod severity;
mod status;
mod timeline;
mod update;
