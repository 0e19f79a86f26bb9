//! Statuspage: the form in which something is written for customers, the step that confirms it, and what stands there.

mod command;
mod confirm;
mod form;
mod list;
mod open;
mod submit;

pub(crate) use open::{form, leave, suggest};
pub(crate) use submit::{confirmed, submit};

use crate::feature::{Feature, command};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[
        command!("statuspage", command::publish),
        command!("ls-sp-inc", command::list),
    ],
    ..Feature::NOTHING
};
