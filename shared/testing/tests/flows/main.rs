//! Whole flows: the services in one process, against the sandbox and a database of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where it stands")]

mod access;
mod archive;
mod at_once;
mod chatter;
mod commands;
mod connect;
mod console;
mod declare;
mod directory;
mod export;
mod from_message;
mod groups;
mod home;
mod kills;
mod lists;
mod load;
mod many;
mod matrix;
mod on_call;
mod paging;
mod pins;
mod problems;
mod rca;
mod reminders;
mod rename;
mod replicas;
mod roles;
mod severity;
mod stale;
mod status;
mod statuspage;
mod time;
mod timeline;
mod update;
mod upstream;
