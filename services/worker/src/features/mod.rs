//! What the worker does, a folder per feature: `handler` does the job, `message` is what people read.

pub(crate) mod access;
pub(crate) mod archive;
pub(crate) mod chatter;
pub(crate) mod connect;
pub(crate) mod declare;
pub(crate) mod digest;
pub(crate) mod export;
pub(crate) mod from_message;
pub(crate) mod groups;
pub(crate) mod home;
pub(crate) mod housekeeping;
pub(crate) mod legacy;
pub(crate) mod mentions;
pub(crate) mod notices;
pub(crate) mod nudge;
pub(crate) mod on_call;
pub(crate) mod paging;
pub(crate) mod panel;
pub(crate) mod people;
pub(crate) mod pins;
pub(crate) mod problems;
pub(crate) mod questions;
pub(crate) mod rca;
pub(crate) mod reminders;
pub(crate) mod rename;
pub(crate) mod roles;
pub(crate) mod stale;
pub(crate) mod status;
pub(crate) mod statuspage;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod topic;
pub(crate) mod update;
pub(crate) mod upstream;
