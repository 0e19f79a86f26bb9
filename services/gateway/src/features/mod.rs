//! What people do in Slack, a folder per feature: `modal` is what they fill in, `submit` and `command` change state.

pub(crate) mod commands;
pub(crate) mod declare;
pub(crate) mod diag;
pub(crate) mod home;
pub(crate) mod incident;
pub(crate) mod list;
pub(crate) mod reactions;
pub(crate) mod roles;
pub(crate) mod severity;
pub(crate) mod status;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod update;
