//! Archiving the channel of an incident: the dialog that asks once more, and what people do by hand in Slack.

mod command;
mod events;
mod modal;
mod open;
mod submit;

pub(crate) use events::{archived, unarchived};
pub(crate) use open::{form, new_channel};
pub(crate) use submit::submit;

use crate::feature::{Feature, command};

/// What is taken here.
pub(crate) const FEATURE: Feature = Feature {
    commands: &[command!("archive", command::command)],
    ..Feature::NOTHING
};
