//! What people do in Slack, a folder per feature: `modal` is what they fill in, `submit` and `command` change state. What a
//! feature takes is in its `FEATURE`.

pub(crate) mod access;
pub(crate) mod archive;
pub(crate) mod chatter;
pub(crate) mod commands;
pub(crate) mod connect;
pub(crate) mod declare;
pub(crate) mod description;
pub(crate) mod diag;
pub(crate) mod directory;
pub(crate) mod export;
pub(crate) mod home;
pub(crate) mod incident;
pub(crate) mod left_over;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod paging;
pub(crate) mod panel;
pub(crate) mod pins;
pub(crate) mod problems;
pub(crate) mod rca;
pub(crate) mod reactions;
pub(crate) mod reminders;
pub(crate) mod rename;
pub(crate) mod roles;
pub(crate) mod severity;
pub(crate) mod status;
pub(crate) mod statuspage;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod timeline;
pub(crate) mod update;
pub(crate) mod upstream;

use crate::feature::Feature;

/// Every feature that takes something.
pub(crate) const FEATURES: &[Feature] = &[
    crate::unopened::FEATURE,
    access::FEATURE,
    archive::FEATURE,
    chatter::FEATURE,
    commands::FEATURE,
    connect::FEATURE,
    declare::FEATURE,
    description::FEATURE,
    diag::FEATURE,
    export::FEATURE,
    home::FEATURE,
    incident::FEATURE,
    links::FEATURE,
    list::FEATURE,
    paging::FEATURE,
    panel::FEATURE,
    problems::FEATURE,
    rca::FEATURE,
    reminders::FEATURE,
    rename::FEATURE,
    roles::FEATURE,
    severity::FEATURE,
    status::FEATURE,
    statuspage::FEATURE,
    timeline::FEATURE,
    update::FEATURE,
    upstream::FEATURE,
];
