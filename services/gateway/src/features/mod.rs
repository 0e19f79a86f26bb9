//! What people do in Slack, a folder per feature: `modal` is what they fill in, `submit` and `command` change state.

pub(crate) mod declare;
pub(crate) mod diag;
pub(crate) mod help;
pub(crate) mod home;
pub(crate) mod incident;
pub(crate) mod mentions;
pub(crate) mod roles;
pub(crate) mod severity;
pub(crate) mod status;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod update;
pub(crate) mod upstream;
