//! The status, chosen on the control panel; the dialog that resolves.

mod choose;
mod command;
mod modal;
mod submit;

pub(crate) use choose::{choose, form, reopen};
pub(crate) use submit::{dialog, resolve_pages, submit};

use crate::feature::{Feature, command};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[
        command!("status", command::status),
        command!("resolve", command::resolve),
        command!("reopen", command::reopen),
    ],
    ..Feature::NOTHING
};
