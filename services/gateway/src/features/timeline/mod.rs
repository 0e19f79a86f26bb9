//! The timeline: read it, write something down, change or delete what one wrote.

mod command;
mod entry;
mod list;
mod open;
mod submit;

pub(crate) use open::{chosen_form, delete_form, entry_form, form, turn};
pub(crate) use submit::{chosen, delete, submit};

use crate::feature::{Feature, command};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("timeline", command::command)],
    ..Feature::NOTHING
};
