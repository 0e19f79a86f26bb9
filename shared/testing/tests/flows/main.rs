//! Whole flows: the services in one process, against the sandbox and a database of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod access;
mod archive;
mod at_once;
mod chatter;
mod console;
mod declare;
mod directory;
mod export;
mod groups;
mod kills;
mod load;
mod matrix;
mod pins;
mod reminders;
mod rename;
mod replicas;
mod roles;
mod severity;
mod stale;
mod status;
mod time;
mod timeline;
mod update;
