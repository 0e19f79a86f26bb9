//! Sending an update: the modal, and what becomes of it.

mod command;
mod modal;
mod open;
mod submit;

pub(crate) use open::form;
pub(crate) use submit::submit;

use crate::feature::{Feature, command};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("update", command::command)],
    ..Feature::NOTHING
};
