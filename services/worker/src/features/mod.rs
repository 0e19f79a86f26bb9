//! What the worker does, a folder per feature: `handler` does the job, `message` is what people read.

pub(crate) mod declare;
pub(crate) mod digest;
pub(crate) mod home;
pub(crate) mod housekeeping;
pub(crate) mod mentions;
pub(crate) mod notices;
pub(crate) mod panel;
pub(crate) mod people;
pub(crate) mod problems;
pub(crate) mod rca;
pub(crate) mod roles;
pub(crate) mod status;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod topic;
pub(crate) mod update;
pub(crate) mod upstream;
